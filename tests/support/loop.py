"""The runtime's loop, for a given number of invocations."""

import base64
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

from lambda_stream.connection import Connection
from lambda_stream.log import FunctionLog, StandardOutput
from lambda_stream.runtime import Runtime
from support.runtime_api import Invoke, Received, RuntimeApiServer

if TYPE_CHECKING:
    from lambda_stream.handler import Handler

HTTP_EVENT = json.dumps({"requestContext": {"http": {"method": "GET"}}}).encode()
ERROR_TYPE = "lambda-runtime-function-error-type"
ERROR_BODY = "lambda-runtime-function-error-body"


def serve(
    api: RuntimeApiServer, handler: "Handler", *invocations: Invoke, environment: dict[str, str] | None = None
) -> list[Received]:
    """What the runtime sent back, one request for each invocation."""
    api.invocations += invocations
    with closing(Connection(api.host)) as connection:
        runtime = Runtime(
            connection, handler, {} if environment is None else environment, FunctionLog(StandardOutput())
        )
        for _ in invocations:
            runtime.serve_one()
    return [request for request in api.received if not request.path.endswith("/next")]


def error_of(request: Received) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        base64.b64decode(request.trailers[ERROR_BODY]) if request.trailers else request.body
    )
    return document
