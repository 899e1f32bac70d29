"""A chat handler with boto3, as one writes it first: each text of the model is one server-sent event."""

import json
import os
from collections.abc import Iterator
from typing import Any

import boto3

client = boto3.client("bedrock-runtime")


def handler(event: dict[str, Any], _context: object) -> Iterator[bytes]:
    """What the model says to the message in the event's body."""
    message = json.loads(event["body"])["message"]
    response = client.converse_stream(
        modelId=os.environ["BEDROCK_CHAT_MODEL_ID"],
        messages=[{"role": "user", "content": [{"text": message}]}],
        inferenceConfig={"maxTokens": 2048},
    )
    for part in response["stream"]:
        if "contentBlockDelta" in part:
            token = {"type": "token", "content": part["contentBlockDelta"]["delta"]["text"]}
            yield b"data: %b\n\n" % json.dumps(token).encode()
    yield b'data: {"type": "done"}\n\n'
