"""`POST /v1/chat/completions`, `GET /v1/models` and `GET /v1/models/{id}`."""

import json
import time
from typing import TYPE_CHECKING, Any

from bedrock_chat import answer, fields
from bedrock_chat.capabilities import TOOL
from bedrock_chat.errors import ModelError, ModelNotOffered
from bedrock_chat.openai.completion import completion
from bedrock_chat.openai.encoder import ChunkEncoder
from bedrock_chat.openai.json_by_tool import JsonByTool
from bedrock_chat.openai.model_list import model_card, model_list
from bedrock_chat.openai.one_call import OneCall
from bedrock_chat.openai.request import parse_completion_request
from bedrock_chat.service import JSON_HEADERS
from lambda_stream import Response

if TYPE_CHECKING:
    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.model import Model
    from bedrock_chat.openai.request import CompletionRequest
    from bedrock_chat.service import Service
    from lambda_stream import Context, Request

MODELS = "/v1/models"


def chat_completions(service: "Service", request: "Request", context: "Context") -> Response:
    """The model's answer, streamed or in one piece.

    Raises:
        ChatError: the request breaks a rule, or the model refuses.
    """
    asked = parse_completion_request(request.body, service.settings)
    model = _model(service, asked)
    created = int(time.time())
    if asked.stream:
        encoder = ChunkEncoder(context.aws_request_id, created, include_usage=asked.include_usage)
        return answer.streamed(model, asked.chat, encoder, context)
    return _json(_whole(model, asked.chat, context.aws_request_id, created), context)


def one_model(service: "Service", request: "Request", context: "Context") -> Response:
    """The model whose id is the rest of the path.

    Raises:
        ModelNotOffered: no request may name it.
    """
    from urllib.parse import unquote  # noqa: PLC0415 - chats need none

    # Clients write an id as one segment: they escape the colons and slashes of an ARN.
    model_id = unquote(request.path.removeprefix(MODELS).strip("/"))
    allowed = service.settings.allowed_model_ids
    if model_id not in allowed:
        raise ModelNotOffered(
            f"model {fields.shown(model_id)} is not offered here; offered are {', '.join(sorted(allowed))}"
        )
    return _json(model_card(model_id), context)


def _model(service: "Service", asked: "CompletionRequest") -> "Model":
    """The model as the request wants it: held to JSON, or to one call of a tool; a request can't want both."""
    if asked.one_call:
        return OneCall(service.model)
    by_tool = service.settings.capabilities_of(asked.chat.model_id).json_schema == TOOL
    return JsonByTool(service.model) if by_tool else service.model


def models(service: "Service", _request: "Request", context: "Context") -> Response:
    """The models that a request may name."""
    return _json(model_list(service.settings.allowed_model_ids), context)


def _whole(model: "Model", chat: "ChatRequest", request_id: str, created: int) -> dict[str, Any]:
    events = answer.whole(model, chat)
    try:
        return completion(events, request_id, created)
    except ModelError as error:
        raise answer.refusal(error, chat) from error


def _json(document: dict[str, Any], context: "Context") -> Response:
    return Response(json.dumps(document), headers={**JSON_HEADERS, "x-request-id": context.aws_request_id})
