"""The application: routes, refusals, and the stream of an answer."""

import json
import os
from typing import TYPE_CHECKING

from bedrock_chat.boto3_model import Boto3Model
from bedrock_chat.chat_request import parse_chat_request
from bedrock_chat.errors import ChatError, InvalidRequest, MethodNotAllowed, ModelError, OutOfTime, RouteNotFound
from bedrock_chat.events import Failed, PartialUsage, TextDelta
from bedrock_chat.settings import Settings
from bedrock_chat.sse import HEADERS, SseEncoder
from lambda_stream import DeadlineExceeded, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from logging import Logger
    from typing import TypeAlias

    from bedrock_chat.events import Event
    from bedrock_chat.model import Model
    from lambda_stream import Context

    Route: TypeAlias = Callable[[Request, Context], Response]

JSON_HEADERS: "Mapping[str, str]" = {"content-type": "application/json", "cache-control": "no-store"}


class Application:
    """Answers HTTP requests with what a model says."""

    def __init__(self, settings: Settings, model: "Model") -> None:
        self._settings = settings
        self._model = model
        self._routes: dict[str, dict[str, Route]] = {
            "/": {"POST": self._chat},
            "/chat": {"POST": self._chat},
            "/health": {"GET": self._health},
        }

    def __call__(self, event: object, context: "Context") -> Response:
        """The response to an HTTP event; a refusal is a JSON error with its status."""
        try:
            request = _request(event)
            return self._route(request)(request, context)
        except ChatError as error:
            return error_response(error, context.aws_request_id)
        except Exception as error:  # noqa: BLE001 - a client gets an answer in its own form, also to our own mistake
            _log().exception("the request failed")
            return error_response(told(error), context.aws_request_id)

    def _route(self, request: Request) -> "Route":
        methods = self._routes.get(request.path.rstrip("/") or "/")
        if methods is None:
            raise RouteNotFound(f"there is nothing at {request.path[:200]}: POST to /chat")
        if request.method not in methods:
            allowed = sorted(methods)
            raise MethodNotAllowed(f"{request.path} takes {', '.join(allowed)}, not {request.method[:20]}", allowed)
        return methods[request.method]

    def _health(self, _request: Request, _context: "Context") -> Response:
        return Response(json.dumps({"status": "ok", "model": self._settings.model_id}), headers=JSON_HEADERS)

    def _chat(self, request: Request, context: "Context") -> Response:
        chat = parse_chat_request(request.body, self._settings)
        encoder = SseEncoder(context.aws_request_id)
        # A model that is silent for long must not look dead to the proxies on the way; see Context.on_silence.
        context.on_silence(Response(headers=HEADERS))
        events = self._model.ask(chat)
        try:
            # Bedrock is called before a status is sent: a model that refuses is a true 4xx or 5xx, which clients retry.
            first = next(events)
        except (ModelError, DeadlineExceeded) as error:
            failure = told(error)
            _log_refusal(chat.model_id, failure)
            if not context.committed:
                raise failure from error
            return Response(_fail(failure, encoder), headers=HEADERS)
        return Response(_encode(first, events, encoder), headers=HEADERS)


def _request(event: object) -> Request:
    try:
        return Request(event)
    except ValueError as error:
        raise InvalidRequest(str(error)) from error


def _encode(
    first: "Event", rest: "Generator[Event, None, None]", encoder: SseEncoder
) -> "Generator[bytes, None, None]":
    """The answer's bytes. A failure is told in-band and then raised, so that Lambda sees the invocation fail too."""
    pieces = 0
    try:
        yield encoder.encode(first)
        for event in rest:
            pieces += isinstance(event, TextDelta)
            yield encoder.encode(event)
    except (Exception, DeadlineExceeded) as error:
        yield encoder.encode(PartialUsage(pieces))
        yield encoder.encode(failed(told(error)))
        raise
    finally:
        rest.close()


def _log_refusal(model_id: str, error: ChatError) -> None:
    """To Lambda a refusal is a success: without this line its operator would see a healthy function."""
    _log().warning("%s: %s: %s", model_id, error.code, error.__cause__ or error.message)


def _log() -> "Logger":
    import logging  # noqa: PLC0415 - it costs a cold start 8 ms, and only a failure needs it

    return logging.getLogger("bedrock_chat")


def _fail(error: ChatError, encoder: SseEncoder) -> "Generator[bytes, None, None]":
    """The rest of a stream whose status left before the model refused."""
    yield encoder.encode(failed(error))
    raise error


def told(error: BaseException) -> ChatError:
    """What a client is told of `error`; of one that isn't ours, nothing but that it happened."""
    if isinstance(error, ChatError):
        return error
    if isinstance(error, DeadlineExceeded):
        return OutOfTime("the function's time was up before the answer was whole: ask for less, or raise its timeout")
    return ChatError("the function failed; its log says why")


def failed(error: ChatError) -> Failed:
    """The in-band form of an error."""
    return Failed(error.code, error.type, error.message)


def error_response(error: ChatError, request_id: str) -> Response:
    """The response to a request that was refused before its first byte."""
    detail = {"message": error.message, "type": error.type, "code": error.code, "request_id": request_id}
    headers = dict(JSON_HEADERS)
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = ", ".join(error.allowed)
    return Response(json.dumps({"error": detail}), status=error.status, headers=headers)


def __getattr__(name: str) -> Application:
    """Makes `handler` when the runtime asks for it, so that an import alone reads no environment.

    Raises:
        SettingsError: an environment variable is missing or wrong: the runtime reports it as an init error.
    """
    if name != "handler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    settings = Settings.from_environment(os.environ)
    application = Application(settings, Boto3Model(settings.system_prompt))
    globals()[name] = application
    return application
