"""The body of `POST /v1/chat/completions`, checked before anything is spent on it.

What Converse can't do is refused, never left out in silence.
Source: platform.openai.com/docs/api-reference/chat/create
"""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bedrock_chat import chat_request, fields
from bedrock_chat.capabilities import TOOL
from bedrock_chat.conversation import TOOL_NAME, ChatRequest, JsonSchema
from bedrock_chat.converse_request import METADATA
from bedrock_chat.errors import InvalidRequest
from bedrock_chat.openai.messages import parse_messages
from bedrock_chat.openai.tools import parse_tools

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.settings import Settings

FIELDS = frozenset({
    "max_completion_tokens", "max_tokens", "messages", "metadata", "model", "parallel_tool_calls", "reasoning_effort",
    "response_format", "safety_identifier", "stop", "stream", "stream_options", "temperature", "tool_choice", "tools",
    "top_p", "user",
})  # fmt: skip
# What Converse has nothing for: the values that ask for nothing, and why any other is refused.
UNABLE: "Mapping[str, tuple[tuple[object, ...], str]]" = {
    "audio": ((), "answers are text"),
    "frequency_penalty": ((0, 0.0), "Bedrock has no penalties"),
    "function_call": ((), "use tool_choice"),
    "functions": ((), "use tools"),
    "logit_bias": (({},), "Bedrock has no bias of single tokens"),
    "logprobs": ((False,), "Bedrock gives no probabilities"),
    "modalities": ((["text"],), "answers are text"),
    "moderation": ((), "an operator sets a guardrail on the server"),
    "n": ((1,), "Bedrock gives one answer to a request: send several"),
    "prediction": ((), "Bedrock takes no prediction"),
    "presence_penalty": ((0, 0.0), "Bedrock has no penalties"),
    "prompt_cache_key": ((), "Bedrock's prompt cache has no keys"),
    "prompt_cache_options": ((), "Bedrock's prompt cache has no such options"),
    "prompt_cache_retention": ((), "Bedrock's prompt cache has no such options"),
    "seed": ((), "Bedrock takes no seed"),
    "service_tier": (("auto", "default"), "the server has one tier"),
    "store": ((False,), "nothing is stored"),
    "top_logprobs": ((0,), "Bedrock gives no probabilities"),
    "verbosity": ((), "Bedrock has no such setting: ask for it in the messages"),
    "web_search_options": ((), "the server searches nothing"),
}
EXAMPLE = '{"messages": [{"role": "user", "content": "Hello"}]}'

# Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html, requestMetadata
METADATA_TEXT = r"[a-zA-Z0-9\s:_@$#=/+,.-]"
METADATA_KEY = METADATA_TEXT + "{1,256}"
METADATA_VALUE = METADATA_TEXT + "{0,256}"
MAX_METADATA = 16
USER_KEY = "user"


class CompletionRequest(NamedTuple):
    """What a client asks, and in which form it wants the answer; with `one_call`, at most one call of a tool."""

    chat: ChatRequest
    stream: bool
    include_usage: bool
    one_call: bool = False


def parse_completion_request(body: bytes, settings: "Settings") -> CompletionRequest:
    """The request in `body`.

    Raises:
        RequestTooLarge: `body` is longer than the operator allows.
        InvalidRequest: `body` breaks a rule or asks for what can't be had; the message says what, and where.
    """
    document = fields.json_object(body, settings.max_input_bytes, EXAMPLE)
    fields.refuse_unknown(document, FIELDS.union(UNABLE))
    for name in sorted(UNABLE.keys() & document.keys()):
        _refuse_unable(document, name)
    stream = fields.flag(document.get("stream", False), "stream")
    include_usage = _include_usage(document, stream=stream)
    chat = _chat(document, settings)
    settings.capabilities_of(chat.model_id).check(chat)
    several_calls = fields.flag(document.get("parallel_tool_calls", True), "parallel_tool_calls")
    return CompletionRequest(chat, stream, include_usage, one_call=bool(chat.tools) and not several_calls)


def _refuse_unable(document: dict[str, Any], name: str) -> None:
    value, (neutral, reason) = document[name], UNABLE[name]
    # Python takes true for 1 and false for 0.
    if any(type(value) is type(each) and value == each for each in neutral):
        return
    instead = f"must be left out or {json.dumps(neutral[0])}" if neutral else "must be left out"
    raise InvalidRequest(f"{name} {instead}, not {fields.shown(value)}: {reason}", name)


def _include_usage(document: dict[str, Any], *, stream: bool) -> bool:
    if "stream_options" not in document:
        return False
    if not stream:
        raise InvalidRequest("stream_options is only for a stream: set stream to true", "stream_options")
    known = ("include_usage", "include_obfuscation")
    options = fields.record(document["stream_options"], known, "stream_options")
    if fields.flag(options.get("include_obfuscation", False), "stream_options.include_obfuscation"):
        where = "stream_options.include_obfuscation"
        raise InvalidRequest(f"{where} must be left out or false: the stream has no padding", where)
    return fields.flag(options.get("include_usage", False), "stream_options.include_usage")


def _chat(document: dict[str, Any], settings: "Settings") -> ChatRequest:
    conversation = parse_messages(document.get("messages"), client_system_prompt=settings.client_system_prompt)
    toolbox = parse_tools(document, conversation.messages)
    limit = _max_tokens(document, settings)
    _check_temperature(document)
    options = chat_request.options({**document, "max_tokens": limit}, settings)
    user = _user(document)
    chat = ChatRequest(
        messages=conversation.messages,
        system=conversation.system,
        tools=toolbox.tools,
        tool_choice=toolbox.choice,
        json_schema=_json_schema(document.get("response_format", {"type": "text"})),
        user=user,
        metadata=_metadata(document.get("metadata", {}), user, settings.call_parameters.get(METADATA, {})),
        **options,
    )
    if chat.json_schema and chat.tools and settings.capabilities_of(chat.model_id).json_schema == TOOL:
        raise InvalidRequest(
            f"response_format json_schema and tools can't be had at once with model {chat.model_id}", "response_format"
        )
    return chat


def _max_tokens(document: dict[str, Any], settings: "Settings") -> int:
    limits = {
        name: fields.whole_number(document[name], 1, settings.max_tokens, name)
        for name in ("max_completion_tokens", "max_tokens")
        if name in document
    }
    if len(set(limits.values())) > 1:
        raise InvalidRequest("max_tokens and max_completion_tokens mean the same here: send one of them", "max_tokens")
    return next(iter(limits.values()), settings.max_tokens)


def _check_temperature(document: dict[str, Any]) -> None:
    """OpenAI's goes to 2, and half of Bedrock's range isn't half of OpenAI's."""
    value = document.get("temperature")
    if isinstance(value, int | float) and value > 1:
        raise InvalidRequest(
            f"temperature is {fields.shown(value)}: Bedrock's range is 0 to 1, where OpenAI's is 0 to 2", "temperature"
        )


def _json_schema(value: object) -> JsonSchema | None:
    form = fields.record(value, ("type", "json_schema"), "response_format")
    kind = form.get("type")
    if kind == "json_object":
        raise InvalidRequest(
            "response_format json_object is not offered: Bedrock has no such mode; use json_schema", "response_format"
        )
    if fields.one_of(kind, ("text", "json_schema"), "response_format.type") == "text":
        return None
    where = "response_format.json_schema"
    schema = fields.record(form.get("json_schema"), ("name", "description", "schema", "strict"), where)
    fields.flag(schema.get("strict", True), f"{where}.strict")
    description = schema.get("description")
    return JsonSchema(
        fields.matching(schema.get("name"), TOOL_NAME, f"{where}.name"),
        fields.an_object(schema.get("schema"), f"{where}.schema"),
        None if description is None else fields.text(description, f"{where}.description"),
    )


def _user(document: dict[str, Any]) -> str | None:
    """The client's name for its user, which OpenAI has renamed."""
    names = {
        fields.text(fields.matching(document[name], METADATA_VALUE, name), name)
        for name in ("user", "safety_identifier")
        if name in document
    }
    if len(names) > 1:
        raise InvalidRequest("user and safety_identifier mean the same here: send one of them", "user")
    return next(iter(names), None)


def _metadata(value: object, user: str | None, operators: "Mapping[str, str]") -> dict[str, str] | None:
    """What goes into Bedrock's invocation log beside the user and what the operator puts there."""
    metadata = fields.an_object(value, "metadata")
    for key, text in metadata.items():
        fields.matching(key, METADATA_KEY, "a key of metadata", "metadata")
        fields.matching(text, METADATA_VALUE, f"metadata.{key}")
    if user is not None and USER_KEY in metadata:
        raise InvalidRequest("metadata has 'user', and the request has a user: send one of them", "metadata.user")
    if reserved := sorted(operators.keys() & {*metadata, *([USER_KEY] if user is not None else [])}):
        raise InvalidRequest(f"metadata {reserved[0]!r} is set on the server: leave it out", "metadata")
    most = MAX_METADATA - len(operators) - (user is not None)
    if len(metadata) > most:
        raise InvalidRequest(f"metadata has {len(metadata)} entries; Bedrock takes {most} of them", "metadata")
    return metadata or None
