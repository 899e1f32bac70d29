"""Where Bedrock caches a prompt. No input or output here.

Source: docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
"""

from typing import TYPE_CHECKING

from bedrock_chat.capabilities import MESSAGES, SYSTEM, TOOLS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# Bedrock takes four points in a request. Instructions and tools have one each.
_MESSAGE_POINTS = 2


def add_cache_points(parameters: "dict[str, Any]", parts: "Sequence[str]", ttl: str | None) -> None:
    """Adds to ConverseStream's parameters a point after each of `parts` that they have.

    In messages there are two: after the user's last one, up to which the next request's prompt is the same, and after
    the one before, where the previous request's point was. A prompt that is too short for its model isn't cached, and
    answered all the same.
    """
    point: dict[str, Any] = {"cachePoint": {"type": "default"} if ttl is None else {"type": "default", "ttl": ttl}}
    if SYSTEM in parts and "system" in parameters:
        parameters["system"].append(point)
    if TOOLS in parts and "toolConfig" in parameters:
        parameters["toolConfig"]["tools"].append(point)
    if MESSAGES in parts:
        from_user = [message["content"] for message in parameters["messages"] if message["role"] == "user"]
        for blocks in from_user[-_MESSAGE_POINTS:]:
            _add_to_message(blocks, point)


def _add_to_message(blocks: "list[dict[str, Any]]", point: "dict[str, Any]") -> None:
    """A point may not come first, nor right after a file that Bedrock turns into text, which is any but a PDF.

    Source: github.com/aws/aws-sdk-java-v2/issues/6277
    """
    end = len(blocks)
    while end and blocks[end - 1].get("document", {"format": "pdf"})["format"] != "pdf":
        end -= 1
    if end:
        blocks.insert(end, point)
