"""What a model can do. The operator says so; nothing is guessed from a model's name."""

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from bedrock_chat.conversation import Document, Image, ToolResult
from bedrock_chat.errors import InvalidRequest
from bedrock_chat.fields import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from bedrock_chat.conversation import ChatRequest, Part

NATIVE = "native"
TOOL = "tool"
UNSUPPORTED = "unsupported"
JSON_SCHEMA_MODES = (NATIVE, TOOL, UNSUPPORTED)

# What AWS calls the fields that take cache checkpoints, and how long one may be kept.
SYSTEM = "system"
TOOLS = "tools"
MESSAGES = "messages"
CACHEABLE = (SYSTEM, TOOLS, MESSAGES)
CACHE_TTLS = ("5m", "1h")


class Capabilities(NamedTuple):
    """What a client may ask of one model.

    Attributes:
        images: Pictures in messages.
        documents: Files in messages.
        tools: Tools that the client runs.
        json_schema: How the model is held to a schema: Bedrock's own structured output ("native"), a tool that it must
            call ("tool"), or not at all ("unsupported").
        reasoning_effort: For each effort, the fields that make the model think so hard, beside Converse's own.
        default_reasoning_effort: The effort of a request that names none; None leaves it to the model.
        prompt_caching: After which of CACHEABLE the prompt is cached.
        prompt_cache_ttl: How long it is kept after its last use, of CACHE_TTLS; None leaves it to Bedrock.
    """

    images: bool = True
    documents: bool = True
    tools: bool = True
    json_schema: str = UNSUPPORTED
    reasoning_effort: "Mapping[str, Mapping[str, Any]]" = MappingProxyType({})
    default_reasoning_effort: str | None = None
    prompt_caching: "Sequence[str]" = ()
    prompt_cache_ttl: str | None = None

    def check(self, request: "ChatRequest") -> None:
        """Raises InvalidRequest when `request` asks for what its model can't do."""
        kinds = {type(part) for part in _parts(request)}
        if Image in kinds and not self.images:
            raise _unable(request, "images", "messages")
        if Document in kinds and not self.documents:
            raise _unable(request, "files", "messages")
        if request.tools and not self.tools:
            raise _unable(request, "tools", "tools")
        if request.json_schema and self.json_schema == UNSUPPORTED:
            raise _unable(request, "a JSON schema for its answer", "response_format")

    def reasoning_fields(self, effort: object, model_id: str) -> "Mapping[str, Any]":
        """The fields beside Converse's own that make the model think as hard as `effort`, a client's value, says.

        Raises:
            InvalidRequest: the operator has set no such effort for the model.
        """
        if not isinstance(effort, str) or effort not in self.reasoning_effort:
            offered = ", ".join(self.reasoning_effort) or "none"
            message = f"reasoning_effort {shown(effort)} is not offered with model {model_id}; offered: {offered}"
            raise InvalidRequest(message, "reasoning_effort")
        return self.reasoning_effort[effort]


def _parts(request: "ChatRequest") -> "Iterator[Part]":
    for message in request.messages:
        for part in message.parts:
            yield part
            if isinstance(part, ToolResult):
                yield from part.content


def _unable(request: "ChatRequest", what: str, param: str) -> InvalidRequest:
    return InvalidRequest(f"model {request.model_id} is not set up here to take {what}", param)
