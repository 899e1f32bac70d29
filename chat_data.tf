# What the application keeps outside of itself: its conversations and its system prompt.

locals {
  has_chat_data = var.chat.history != null || var.chat.prompt != null
  # What these and redaction need of the application is in an archive of its own.
  keeps_data    = local.has_chat_data || var.chat.redaction != null
  has_no_prompt = var.bedrock == null ? true : var.bedrock.system_prompt == null && var.chat.prompt == null

  chat_data_environment = merge(
    var.chat.prompt == null ? null : {
      BEDROCK_CHAT_PROMPT_BUCKET          = one(module.chat_data[*].prompt_bucket)
      BEDROCK_CHAT_PROMPT_KEY             = var.chat.prompt.key
      BEDROCK_CHAT_PROMPT_REFRESH_SECONDS = tostring(var.chat.prompt.refresh_seconds)
    },
    var.chat.history == null ? null : {
      BEDROCK_CHAT_HISTORY_TABLE          = one(module.chat_data[*].table_name)
      BEDROCK_CHAT_HISTORY_TTL_DAYS       = tostring(var.chat.history.ttl_days)
      BEDROCK_CHAT_HISTORY_CONTEXT_TOKENS = tostring(var.chat.history.context_tokens)
    },
    var.chat.history == null || var.chat.redaction == null ? null : {
      BEDROCK_CHAT_HISTORY_KEY = one(module.chat_data[*].placeholders_key_arn)
    },
  )
}
