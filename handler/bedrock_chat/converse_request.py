"""The parameters of Bedrock's ConverseStream. No input or output here.

Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bedrock_chat.conversation import AnyTool, Document, Image, Reasoning, Text, ToolUse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.conversation import ChatRequest, JsonSchema, OneTool, Part, Tool

METADATA = "requestMetadata"
NO_PARAMETERS: "Mapping[str, Any]" = MappingProxyType({})


def converse_parameters(
    request: "ChatRequest", system_prompt: str | None, call_parameters: "Mapping[str, Any]" = NO_PARAMETERS
) -> dict[str, Any]:
    """The parameters of ConverseStream for `request`; images and documents are bytes in them, as in botocore's.

    `call_parameters` are the operator's, for every call.
    """
    parameters: dict[str, Any] = {
        **call_parameters,
        "modelId": request.model_id,
        "messages": [
            {"role": message.role, "content": [_block(part) for part in message.parts]} for message in request.messages
        ],
        "inferenceConfig": _inference(request),
    }
    # The operator's prompt comes first and in a block of its own: nothing of the client's can precede it.
    if system := [{"text": text} for text in (system_prompt, request.system) if text]:
        parameters["system"] = system
    if request.tools:
        parameters["toolConfig"] = _tool_config(request)
    if request.json_schema:
        parameters["outputConfig"] = {"textFormat": _text_format(request.json_schema)}
    if request.additional_fields:
        parameters["additionalModelRequestFields"] = dict(request.additional_fields)
    if metadata := {**(request.metadata or {}), **({"user": request.user} if request.user else {})}:
        parameters[METADATA] = {**metadata, **call_parameters.get(METADATA, {})}
    if request.cache_points:
        from bedrock_chat.cache_points import add_cache_points  # noqa: PLC0415 - most functions cache no prompts

        add_cache_points(parameters, request.cache_points, request.cache_ttl)
    return parameters


def _inference(request: "ChatRequest") -> dict[str, Any]:
    inference: dict[str, Any] = {"maxTokens": request.max_tokens}
    if request.temperature is not None:
        inference["temperature"] = request.temperature
    if request.top_p is not None:
        inference["topP"] = request.top_p
    if request.stop:
        inference["stopSequences"] = list(request.stop)
    return inference


def _block(part: "Part") -> dict[str, Any]:
    match part:
        case Text(text):
            return {"text": text}
        case Image(image_format, data):
            return {"image": {"format": image_format, "source": {"bytes": data}}}
        case Document(document_format, name, data):
            return {"document": {"format": document_format, "name": name, "source": {"bytes": data}}}
        case Reasoning(text, signature):
            signed = {"text": text} if signature is None else {"text": text, "signature": signature}
            return {"reasoningContent": {"reasoningText": signed}}
        case ToolUse(tool_call_id, name, tool_input):
            return {"toolUse": {"toolUseId": tool_call_id, "name": name, "input": dict(tool_input)}}
    result: dict[str, Any] = {"toolUseId": part.tool_call_id, "content": [_block(each) for each in part.content]}
    if part.failed:
        result["status"] = "error"
    return {"toolResult": result}


def _tool_config(request: "ChatRequest") -> dict[str, Any]:
    config: dict[str, Any] = {"tools": [{"toolSpec": _tool(tool)} for tool in request.tools]}
    if request.tool_choice is not None:
        config["toolChoice"] = _tool_choice(request.tool_choice)
    return config


def _tool(tool: "Tool") -> dict[str, Any]:
    specification: dict[str, Any] = {"name": tool.name, "inputSchema": {"json": dict(tool.input_schema)}}
    if tool.description:
        specification["description"] = tool.description
    if tool.strict:
        specification["strict"] = True
    return specification


def _tool_choice(choice: "AnyTool | OneTool") -> dict[str, Any]:
    return {"any": {}} if isinstance(choice, AnyTool) else {"tool": {"name": choice.name}}


def _text_format(schema: "JsonSchema") -> dict[str, Any]:
    definition = {"name": schema.name, "schema": json.dumps(schema.schema, separators=(",", ":"))}
    if schema.description:
        definition["description"] = schema.description
    return {"type": "json_schema", "structure": {"jsonSchema": definition}}
