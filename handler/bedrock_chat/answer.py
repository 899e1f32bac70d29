"""A model's answer as a response: refused before its first byte with a true status, or streamed to its end."""

from itertools import chain
from typing import TYPE_CHECKING

from bedrock_chat.errors import ChatError, OutOfTime
from bedrock_chat.events import Failed, ReasoningDelta, TextDelta, ToolDelta, Usage
from lambda_stream import DeadlineExceeded, Response

if TYPE_CHECKING:
    from collections.abc import Generator
    from logging import Logger

    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.encoder import Encoder
    from bedrock_chat.events import Event
    from bedrock_chat.model import Model
    from lambda_stream import Context

# What the model writes, and its tokens are paid for.
WRITTEN = (TextDelta, ReasoningDelta, ToolDelta)


def streamed(model: "Model", chat: "ChatRequest", encoder: "Encoder", context: "Context") -> Response:
    """The response that streams the answer.

    Raises:
        ChatError: the model refuses, and no status has left yet.
    """
    # A model that is silent for long must not look dead to the proxies on the way; see Context.on_silence.
    context.on_silence(Response(headers=encoder.headers))
    batches = model.ask(chat)
    try:
        # Bedrock is called before a status is sent: a model that refuses is a true 4xx or 5xx, which clients retry.
        first = next(batches)
    except (ChatError, DeadlineExceeded) as error:
        failure = refusal(error, chat)
        if not context.committed:
            raise failure from error
        return Response(_fail(failure, encoder, failure), headers=encoder.headers)
    except Exception as error:
        if not context.committed:
            raise
        return Response(_fail(told(error), encoder, error), headers=encoder.headers)
    return Response(_encode(first, batches, encoder), headers=encoder.headers)


def whole(model: "Model", chat: "ChatRequest") -> "list[Event]":
    """All events of an answer, for a client that wants it in one piece.

    Raises:
        ChatError: the model refuses, or the answer breaks off.
    """
    try:
        return [event for batch in model.ask(chat) for event in batch]
    except (ChatError, DeadlineExceeded) as error:
        raise refusal(error, chat) from error


def refusal(error: BaseException, chat: "ChatRequest") -> ChatError:
    """What the client is told of a model that refused, which the log keeps too.

    To Lambda a refusal is a success: without that line its operator would see a healthy function.
    """
    failure = told(error)
    log().warning("%s: %s: %s", chat.model_id, failure.code, error.__cause__ or failure.message)
    return failure


def told(error: BaseException) -> ChatError:
    """What a client is told of `error`; of one that isn't ours, nothing but that it happened."""
    if isinstance(error, ChatError):
        return error
    if isinstance(error, DeadlineExceeded):
        return OutOfTime("the function's time was up before the answer was whole: ask for less, or raise its timeout")
    return ChatError("the function failed; its log says why")


def log() -> "Logger":
    """The application's logger."""
    import logging  # noqa: PLC0415 - it costs a cold start 8 ms, and only a failure needs it

    return logging.getLogger("bedrock_chat")


def _encode(
    first: "list[Event]", rest: "Generator[list[Event], None, None]", encoder: "Encoder"
) -> "Generator[bytes, None, None]":
    """The answer's bytes: what came together leaves together.

    A failure is told in-band and then raised, so that Lambda sees the invocation fail too.
    """
    pieces: int | None = 0
    written: list[bytes] = []
    try:
        for batch in chain((first,), rest):
            for event in batch:
                # Once the whole cost is told there is no part of it to tell.
                pieces = None if pieces is None or isinstance(event, Usage) else pieces + isinstance(event, WRITTEN)
                written.append(encoder.encode(event))
            yield b"".join(written)
            written.clear()
    except (Exception, DeadlineExceeded) as error:
        # What came before the failure, in the same read, goes out with it.
        written.append(encoder.encode(_failed(told(error), pieces)))
        yield b"".join(written)
        raise
    finally:
        rest.close()


def _fail(failure: ChatError, encoder: "Encoder", error: Exception) -> "Generator[bytes, None, None]":
    """The rest of a stream whose status left before the model refused: `failure` for the client, `error` for Lambda."""
    yield encoder.encode(_failed(failure))
    raise error


def _failed(error: ChatError, output_pieces: int | None = None) -> Failed:
    """The in-band form of an error."""
    return Failed(error.code, error.type, error.message, output_pieces)
