"""The Invoke API on the data plane.

moto 5.2.5 runs functions in Docker and overlooks the Qualifier of an invocation. Here the deployed zip runs as it does
behind a Function URL.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.awslambda.responses import LambdaResponse

from localaws.moto_patches import data_plane
from localaws.moto_patches.data_plane import InvokeResult
from localaws.moto_patches.replace import replace
from localaws.moto_patches.snapshots import refuse_failed


def install() -> None:
    """Install the patch."""
    replace(LambdaResponse, "invoke", _invoke)


def _invoke(self: Any) -> tuple[int, dict[str, str], bytes]:  # noqa: ANN401  moto's class
    name = unquote(self.path.rsplit("/", 2)[-2])
    qualifier = self.querystring.get("Qualifier", [None])[0]
    function = self.backend.get_function(name, qualifier)
    refuse_failed(function)
    body = self.body.encode() if isinstance(self.body, str) else self.body
    kind = self.headers.get("X-Amz-Invocation-Type", "RequestResponse")
    return _answer(_result(function, body or b"{}", kind))


def _result(function: Any, body: bytes, kind: str) -> InvokeResult:  # noqa: ANN401  moto's class
    try:
        json.loads(body)
    except ValueError as error:
        message = {"Type": "User", "message": f"Could not parse request body into json: {error}"}
        return InvokeResult(400, json.dumps(message).encode(), error_type="InvalidRequestContentException")
    if kind == "DryRun":
        return InvokeResult(204, b"")
    plane = data_plane.current()
    deployment = plane.deployment_of(function)
    if kind == "Event":
        plane.invoke_later(deployment, body, function.function_arn)
        return InvokeResult(202, b"")
    return plane.invoke(deployment, body, function.function_arn)


def _answer(result: InvokeResult) -> tuple[int, dict[str, str], bytes]:
    headers = {"content-type": "application/json", "status": str(result.status)}  # moto takes the status from here
    if result.function_error:
        headers["x-amz-function-error"] = result.function_error
    if result.error_type:
        headers["x-amzn-errortype"] = result.error_type
    return result.status, headers, result.payload
