"""What a model is asked, whichever client asked it and in whichever form."""

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

# How Bedrock lets a tool be named, and one call of it: API_runtime_ToolUseBlock in its reference.
TOOL_NAME = r"[a-zA-Z0-9_-]{1,64}"
TOOL_CALL_ID = r"[a-zA-Z0-9_.:-]{1,64}"


class Text(NamedTuple):
    """Words."""

    text: str


class Image(NamedTuple):
    """A picture; `format` is png, jpeg, gif or webp."""

    format: str
    data: bytes


class Document(NamedTuple):
    """A file; `format` is one of Bedrock's (pdf, csv, txt, ...)."""

    format: str
    name: str
    data: bytes


class Reasoning(NamedTuple):
    """What the model thought aloud in an earlier turn, and its signature."""

    text: str
    signature: str | None


class ToolUse(NamedTuple):
    """A call of a tool that the model made in an earlier turn."""

    tool_call_id: str
    name: str
    input: "Mapping[str, Any]"


class ToolResult(NamedTuple):
    """What the client's tool said to that call."""

    tool_call_id: str
    content: tuple[Text | Image, ...]
    failed: bool = False


Part: TypeAlias = Text | Image | Document | Reasoning | ToolUse | ToolResult


class Message(NamedTuple):
    """One turn of the conversation; `role` is user or assistant."""

    role: str
    parts: tuple[Part, ...]

    @classmethod
    def of_text(cls, role: str, text: str) -> "Message":
        """A turn of nothing but words."""
        return cls(role, (Text(text),))


class Tool(NamedTuple):
    """A tool that the client will run for the model; `input_schema` is a JSON schema."""

    name: str
    description: str | None
    input_schema: "Mapping[str, Any]"
    strict: bool = False


class AnyTool(NamedTuple):
    """The model must call one of the tools."""


class OneTool(NamedTuple):
    """The model must call this tool."""

    name: str


class JsonSchema(NamedTuple):
    """The form that the answer's text must have."""

    name: str
    schema: "Mapping[str, Any]"
    description: str | None = None


class ChatRequest(NamedTuple):
    """What to ask which model; a None leaves the choice to the model.

    Attributes:
        tool_choice: None leaves it to the model whether it calls a tool.
        additional_fields: What the model takes beside Converse's own parameters.
        system: What the client adds to the operator's system prompt, where the operator lets it.
        user: The client's name for its user, kept in Bedrock's invocation log.
        metadata: What else the client wants to find there.
        cache_points: After which parts of the prompt it is cached: system, tools, messages.
        cache_ttl: How long the cache is kept after its last use; None leaves it to Bedrock.
    """

    model_id: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: AnyTool | OneTool | None = None
    json_schema: JsonSchema | None = None
    additional_fields: "Mapping[str, Any] | None" = None
    system: str | None = None
    user: str | None = None
    metadata: "Mapping[str, str] | None" = None
    cache_points: "Sequence[str]" = ()
    cache_ttl: str | None = None
