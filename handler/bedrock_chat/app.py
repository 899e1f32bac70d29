"""The application: its routes, and refusals."""

import json
import os
from importlib import import_module
from typing import TYPE_CHECKING

from bedrock_chat import answer
from bedrock_chat.chat_request import parse_chat_request
from bedrock_chat.errors import ChatError, InvalidRequest, MethodNotAllowed, RouteNotFound
from bedrock_chat.formats import encoder_for
from bedrock_chat.native.boto3_features import reason_for_boto3
from bedrock_chat.service import JSON_HEADERS, Service
from bedrock_chat.settings import AI_SDK, NATIVE, OPENAI, PAGE, Settings
from lambda_stream import DeadlineExceeded, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from bedrock_chat.history.conversations import Conversations
    from bedrock_chat.model import Client, Prompt
    from lambda_stream import Context

    Route: TypeAlias = Callable[[Service, Request, Context], Response]

# Below it answers are as OpenAI's clients want them, and so are refusals.
OPENAI_PATHS = "/v1/"
COMPLETIONS = "/v1/chat/completions"
HISTORY = "history"


def _chat(service: Service, request: Request, context: "Context") -> Response:
    encoder = encoder_for(request, context.aws_request_id)
    chat = parse_chat_request(request.body, service.settings)
    return answer.streamed(service.model, chat, encoder, context)


def _health(service: Service, _request: Request, _context: "Context") -> Response:
    return Response(json.dumps({"status": "ok", "model": service.settings.model_id}), headers=JSON_HEADERS)


ROUTES: "Mapping[str, Mapping[str, Route]]" = {
    "/": {"POST": _chat},
    "/chat": {"POST": _chat},
    "/health": {"GET": _health},
}
# What the operator may turn on and off: functions like those above, by their places, as a request imports what it needs
# and a cold start nothing of it. A segment of a path in braces stands for any one that is not empty.
OPTIONAL_ROUTES: "Mapping[str, Mapping[str, Mapping[str, str]]]" = {
    OPENAI: {
        COMPLETIONS: {"POST": "bedrock_chat.openai.routes:chat_completions"},
        "/v1/models": {"GET": "bedrock_chat.openai.routes:models"},
        "/v1/models/{id}": {"GET": "bedrock_chat.openai.routes:one_model"},
    },
    AI_SDK: {
        "/api/chat": {"POST": "bedrock_chat.ai_sdk.routes:chat"},
        "/api/chat/{id}/stream": {"GET": "bedrock_chat.ai_sdk.routes:resume"},
    },
    PAGE: {"/": {"GET": "bedrock_chat.page.route:page", "HEAD": "bedrock_chat.page.route:page"}},
    HISTORY: {
        "/": {"POST": "bedrock_chat.history.routes:chat"},
        "/chat": {
            "POST": "bedrock_chat.history.routes:chat",
            "GET": "bedrock_chat.history.routes:read",
            "DELETE": "bedrock_chat.history.routes:forget",
        },
    },
}


class Application:
    """Answers HTTP requests with what a model says; under SnapStart the runtime calls its hooks."""

    def __init__(self, settings: Settings, client: "Client", conversations: "Conversations | None" = None) -> None:
        self._client = client
        self._service = Service(settings, client, conversations)
        self._routes: dict[str, dict[str, Route | str]] = {path: dict(methods) for path, methods in ROUTES.items()}
        for name in (*settings.interfaces, *([] if conversations is None else [HISTORY])):
            for path, methods in OPTIONAL_ROUTES[name].items():
                self._routes.setdefault(path, {}).update(methods)

    def __call__(self, event: object, context: "Context") -> Response:
        """The response to an HTTP event; a refusal is a JSON error with its status."""
        path = ""
        try:
            request = _request(event)
            path = request.path
            return self._route(request)(self._service, request, context)
        except ChatError as error:
            return error_response(error, path, context.aws_request_id)
        except (Exception, DeadlineExceeded) as error:  # noqa: BLE001 - a client gets an answer in its own form, also to our own mistake
            answer.log().exception("the request failed")
            return error_response(answer.told(error), path, context.aws_request_id)

    def before_snapshot(self) -> None:
        """Does what the first requests would wait for, so that every process restored from the snapshot has it."""
        for methods in self._routes.values():
            for route in methods.values():
                _loaded(route)
        self._client.before_snapshot()

    def after_restore(self) -> None:
        """Lets go of what belonged to the process that the snapshot was taken of."""
        self._client.after_restore()

    def _route(self, request: Request) -> "Route":
        methods = self._methods(request.path.rstrip("/") or "/")
        if methods is None:
            meant = COMPLETIONS if request.path.startswith(OPENAI_PATHS) and COMPLETIONS in self._routes else "/chat"
            raise RouteNotFound(f"there is nothing at {request.path[:200]}: POST to {meant}")
        if request.method not in methods:
            allowed = sorted(methods)
            raise MethodNotAllowed(f"{request.path} takes {', '.join(allowed)}, not {request.method[:20]}", allowed)
        return _loaded(methods[request.method])

    def _methods(self, path: str) -> "Mapping[str, Route | str] | None":
        if path in self._routes:
            return self._routes[path]
        return next((methods for template, methods in self._routes.items() if _fits(path, template)), None)


def _loaded(route: "Route | str") -> "Route":
    """The route itself, where it is named by its place."""
    if not isinstance(route, str):
        return route
    module, _, name = route.partition(":")
    loaded: Route = getattr(import_module(module), name)
    return loaded


def _fits(path: str, template: str) -> bool:
    segments, wanted = path.split("/"), template.split("/")
    return len(segments) == len(wanted) and all(
        segment == want or (want.startswith("{") and segment) for segment, want in zip(segments, wanted, strict=True)
    )


def _request(event: object) -> Request:
    try:
        return Request(event)
    except ValueError as error:
        raise InvalidRequest(str(error)) from error


def error_response(error: ChatError, path: str, request_id: str) -> Response:
    """The response to a request to `path` that was refused before its first byte."""
    detail: dict[str, str | None] = {
        "message": error.message,
        "type": error.type,
        "code": error.code,
        "request_id": request_id,
    }
    headers = dict(JSON_HEADERS)
    if path.startswith(OPENAI_PATHS):
        detail["param"] = getattr(error, "param", None)
        headers["x-request-id"] = request_id
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = ", ".join(error.allowed)
    return Response(json.dumps({"error": detail}), status=error.status, headers=headers)


def _model(settings: Settings) -> "Client":
    if settings.redaction is None:
        return _bedrock(settings)
    from bedrock_chat.privacy.switch import redacting  # noqa: PLC0415 - most functions redact nothing

    return redacting(_bedrock(settings), settings.redaction)


def _bedrock(settings: Settings) -> "Client":
    if settings.client == NATIVE and (reason := reason_for_boto3(os.environ)) is None:
        from bedrock_chat.native.model import NativeModel  # noqa: PLC0415 - one of the two

        return NativeModel(_prompt(settings), settings.call_parameters)
    if settings.client == NATIVE:
        answer.log().warning("Bedrock is called through boto3, because %s", reason)
    from bedrock_chat.boto3_model import Boto3Model  # noqa: PLC0415 - it costs a cold start more than all the rest

    return Boto3Model(_prompt(settings), settings.call_parameters)


def _prompt(settings: Settings) -> "Prompt":
    if settings.prompt_bucket is None:
        return lambda: settings.system_prompt
    from bedrock_chat.prompt.s3 import prompt_in  # noqa: PLC0415 - boto3 costs a cold start much

    return prompt_in(settings.prompt_bucket, settings)


def _conversations(settings: Settings, client: "Client") -> "Conversations | None":
    if settings.history_table is None:
        return None
    from bedrock_chat.history.dynamodb import conversations_in  # noqa: PLC0415 - boto3 costs a cold start much

    return conversations_in(settings.history_table, settings, client)


def __getattr__(name: str) -> Application:
    """Makes `handler` when the runtime asks for it, so that an import alone reads no environment.

    Raises:
        SettingsError: an environment variable is missing or wrong: the runtime reports it as an init error.
    """
    if name != "handler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    settings = Settings.from_environment(os.environ)
    client = _model(settings)
    application = Application(settings, client, _conversations(settings, client))
    globals()[name] = application
    return application
