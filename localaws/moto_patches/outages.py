"""Services that fail when a test asks for it, each with the errors of its own. moto's always work.

Source: the common errors and the errors of each operation in the services' API references
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from localaws.api_access import UnknownAccessError
from localaws.identity import ACCESS_KEY_ID, ACCOUNT_ID
from localaws.moto_patches import data_plane
from localaws.moto_patches.api_calls import Refusal, call_of, refuse, scope_of
from localaws.moto_patches.replace import replace
from localaws.outages import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from localaws.moto_patches.api_calls import Application, Environ, Scope, StartResponse

THROTTLED = {
    "dynamodb": Refusal("400 Bad Request", "ThrottlingException", "Rate of requests exceeds the allowed throughput."),
    "s3": Refusal("503 Slow Down", "SlowDown", "Please reduce your request rate."),
}
FAILED = {
    "dynamodb": Refusal("500 Internal Server Error", "InternalServerError", "The server could not process it."),
    "s3": Refusal("500 Internal Server Error", "InternalError", "We encountered an internal error."),
    "kms": Refusal("500 Internal Server Error", "KMSInternalException", "An internal exception happened."),
}
RATE_EXCEEDED = Refusal("400 Bad Request", "ThrottlingException", "Rate exceeded")
OTHERS_FAILED = Refusal("500 Internal Server Error", "InternalServerException", "An internal server error occurred.")


def install() -> None:
    """Install the patch."""
    original: Application = DomainDispatcherApplication.__call__

    def call(self: Any, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:  # noqa: ANN401  moto's class
        scope = scope_of(environ)
        if scope is None or scope.access_key_id == ACCESS_KEY_ID:
            return original(self, environ, start_response)
        fault = data_plane.current().outages.begin(scope.service, _operation(environ, scope))
        if fault is None:
            return original(self, environ, start_response)
        if fault is Fault.LOST:
            list(original(self, environ, lambda *_: None))
        errors, other = (THROTTLED, RATE_EXCEEDED) if fault is Fault.THROTTLED else (FAILED, OTHERS_FAILED)
        return refuse(environ, scope.service, errors.get(scope.service, other), start_response)

    replace(DomainDispatcherApplication, "__call__", call)


def _operation(environ: Environ, scope: Scope) -> str:
    try:
        return call_of(environ, scope, ACCOUNT_ID).operation
    except UnknownAccessError:
        return ""
