"""A ConverseStream request, validated roughly as Bedrock does. No I/O.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from localaws.bedrock import validation
from localaws.bedrock.content import Message, ToolResult, ToolUse, parse_messages
from localaws.bedrock.directive import Directive, parse_directive
from localaws.bedrock.echo import described
from localaws.bedrock.guardrail import Guard, GuardrailConfig, parse_guardrail_config
from localaws.bedrock.output_format import parse_output_config
from localaws.bedrock.prompt_cache import CachePoint, parse_cache_points
from localaws.bedrock.tools import ToolConfig, check_turns, parse_tool_config
from localaws.bedrock.validation import ValidationError

MAX_STOP_SEQUENCES = 2500
MAX_METADATA = 16
METADATA_CHARACTERS = r"[a-zA-Z0-9\s:_@$#=/+,.-]"
MAX_METADATA_CHARACTERS = 256
SERVICE_TIERS = ("priority", "default", "flex", "reserved")
LATENCIES = ("standard", "optimized")


@dataclass(frozen=True, slots=True)
class Converse:
    """What the stand-in needs to know of a request.

    Attributes:
        json_text: What fits the schema that the answer's text must have; None when it may be any text.
        tool_results: What tools said in the last turn.
        tool_calls: How many calls of tools the conversation has had.
        description: The whole request as JSON text.
        prompt: All words that a guardrail looks at: the messages', not the system's.
        guardrail_config: The guardrail that the request names.
        guard: That guardrail itself, once it is found.
        cache_points: Where the prompt is cached.
        cache_usage: What the cache had of it, as a usage says it; `input_tokens` is then without that.
    """

    directive: Directive
    max_tokens: int | None
    stop_sequences: tuple[str, ...]
    input_tokens: int
    tool_config: ToolConfig
    json_text: str | None
    tool_results: tuple[ToolResult, ...]
    tool_calls: int
    description: str
    prompt: str
    guardrail_config: GuardrailConfig | None
    cache_points: tuple[CachePoint, ...]
    guard: Guard | None = None
    cache_usage: dict[str, int] = field(default_factory=dict)


def parse_converse(body: bytes) -> Converse:
    """Return the request; ValidationError says what is wrong with it."""
    try:
        return _converse(_fields(body))
    except RecursionError:
        raise ValidationError("The request is nested too deeply.") from None


def _converse(fields: dict[str, Any]) -> Converse:
    messages = parse_messages(fields.get("messages"))
    tool_config = parse_tool_config(fields.get("toolConfig"))
    check_turns(messages, has_tools=bool(tool_config.tools))
    config = _inference_config(fields)
    system = _system(fields)
    _check_further_fields(fields)
    words = sum(len(text.split()) for text in (*system, *(message.text for message in messages)))
    return Converse(
        directive=parse_directive(messages[-1].text),
        max_tokens=_max_tokens(config),
        stop_sequences=_stop_sequences(config),
        input_tokens=max(1, words * 4 // 3),
        tool_config=tool_config,
        json_text=parse_output_config(fields.get("outputConfig")),
        tool_results=tuple(block for block in messages[-1].blocks if isinstance(block, ToolResult)),
        tool_calls=_count_calls(messages),
        description=described(fields),
        prompt=" ".join(message.text for message in messages),
        guardrail_config=parse_guardrail_config(fields.get("guardrailConfig")),
        cache_points=parse_cache_points(fields),
    )


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError:
        raise ValidationError("The request body is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise ValidationError("The request body must be a JSON object.")
    return fields


def _count_calls(messages: tuple[Message, ...]) -> int:
    return sum(isinstance(block, ToolUse) for message in messages for block in message.blocks)


def _system(fields: dict[str, Any]) -> list[str]:
    blocks = validation.a_list(fields.get("system") or [], "system")
    texts = []
    for index, block in enumerate(blocks):
        path = f"system.{index}"
        if validation.only_key(block, path, "SystemContentBlock", ("text", "guardContent", "cachePoint")) == "text":
            texts.append(validation.a_text(block["text"], f"{path}.text", min_length=1))
    return texts


def _inference_config(fields: dict[str, Any]) -> dict[str, Any]:
    config = validation.an_object(fields.get("inferenceConfig") or {}, "inferenceConfig")
    for name in ("temperature", "topP"):
        value = config.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise validation.unsatisfied(f"inferenceConfig.{name}", "be a number from 0 to 1")
    return config


def _max_tokens(config: dict[str, Any]) -> int | None:
    limit = config.get("maxTokens")
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise ValidationError("inferenceConfig.maxTokens must be a whole number of at least 1.")
    return limit


def _stop_sequences(config: dict[str, Any]) -> tuple[str, ...]:
    sequences = config.get("stopSequences") or []
    if not isinstance(sequences, list) or not all(isinstance(each, str) and each for each in sequences):
        raise ValidationError("inferenceConfig.stopSequences must be a list of texts that are not empty.")
    if len(sequences) > MAX_STOP_SEQUENCES:
        raise ValidationError(f"inferenceConfig.stopSequences may hold {MAX_STOP_SEQUENCES} texts at most.")
    return tuple(sequences)


def _check_further_fields(fields: dict[str, Any]) -> None:
    """Check what a model or a log gets and the stand-in has no use for."""
    if fields.get("additionalModelRequestFields") is not None:
        validation.document(fields["additionalModelRequestFields"], "additionalModelRequestFields")
    if (tier := fields.get("serviceTier")) is not None:
        validation.one_of(validation.an_object(tier, "serviceTier").get("type"), "serviceTier.type", SERVICE_TIERS)
    if (performance := fields.get("performanceConfig")) is not None:
        latency = validation.an_object(performance, "performanceConfig").get("latency")
        validation.one_of(latency, "performanceConfig.latency", LATENCIES)
    _check_metadata(fields.get("requestMetadata"), "requestMetadata")


def _check_metadata(metadata: object, path: str) -> None:
    if metadata is None:
        return
    entries = validation.an_object(metadata, path)
    if not 1 <= len(entries) <= MAX_METADATA:
        raise validation.unsatisfied(path, f"have 1 to {MAX_METADATA} entries")
    for name, value in entries.items():
        validation.matching(name, path, f"{METADATA_CHARACTERS}+", MAX_METADATA_CHARACTERS)
        validation.matching(value, f"{path}.{name}", f"{METADATA_CHARACTERS}*", MAX_METADATA_CHARACTERS)
