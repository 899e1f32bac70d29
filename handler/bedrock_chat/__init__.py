"""The default handler: asks a Bedrock model and streams its answer to an HTTP client.

The handler to name is `bedrock_chat.app.handler`; its settings are the `BEDROCK_CHAT_*` environment variables.
"""
