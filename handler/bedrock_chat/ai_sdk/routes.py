"""What the AI SDK's transports call: the chat, and the question whether there is an answer to resume."""

from typing import TYPE_CHECKING

from bedrock_chat import answer, fields
from bedrock_chat.ai_sdk.encoder import UiMessageEncoder
from bedrock_chat.ai_sdk.request import parse_ui_request
from bedrock_chat.formats import TextEncoder
from lambda_stream import Response

if TYPE_CHECKING:
    from bedrock_chat.encoder import Encoder
    from bedrock_chat.service import Service
    from lambda_stream import Context, Request

UI = "ui"
TEXT = "text"


def chat(service: "Service", request: "Request", context: "Context") -> Response:
    """The answer: a UI message stream, or with `?format=text` its text alone, which TextStreamChatTransport reads.

    Raises:
        ChatError: the request is refused, by us or by the model.
    """
    request_id = context.aws_request_id
    # Both transports send the same headers, so the URL says which of them asks.
    wanted = fields.one_of(request.query.get("format", UI), (UI, TEXT), "format")
    asked = parse_ui_request(request.body, service.settings)
    ui = UiMessageEncoder(request_id, asked.continued_id)
    encoder: Encoder = TextEncoder(request_id) if wanted == TEXT else ui
    return answer.streamed(service.model, asked.chat, encoder, context)


def resume(_service: "Service", _request: "Request", _context: "Context") -> Response:
    """Nothing, which tells the page that no answer is under way: answers are not kept for those who come back."""
    return Response(status=204, headers={"cache-control": "no-store"})
