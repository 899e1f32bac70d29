"""What Bedrock says when it refuses a request or breaks off its answer. No input or output here.

Source: smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
"""

import json

from bedrock_chat.native.errors import BedrockFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.native.event_stream import Message

# Of a page that a proxy has sent instead.
MAX_PAGE_CHARACTERS = 500


def parse_refusal(status: int, headers: "Mapping[str, str]", body: bytes) -> BedrockFault:
    """The error in a response; header names are in lower case."""
    members = _members(body)
    code = headers.get("x-amzn-errortype") or _text(members, "code", "Code", "__type")
    message = _text(members, "message", "Message")
    return BedrockFault(status, _name(code), message, headers.get("x-amz-retry-after"))


def parse_exception(message: "Message") -> BedrockFault:
    """The error in a message of the stream that is no event."""
    said = message.error_message
    return BedrockFault(
        None, message.name, _text(_members(message.payload), "message", "Message") if said is None else said
    )


def _members(body: bytes) -> "Mapping[str, object]":
    text = body.decode(errors="replace")
    try:
        answer = json.loads(text)
    except ValueError:
        return {"message": text[:MAX_PAGE_CHARACTERS].strip()}
    return answer if isinstance(answer, dict) else {}


def _name(code: str) -> str:
    """The name alone: around it there may be a namespace and a URL, as in `aws.protocol#Name:http://internal/`."""
    return code.partition(":")[0].rpartition("#")[2]


def _text(members: "Mapping[str, object]", *names: str) -> str:
    found = (members.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), "")
