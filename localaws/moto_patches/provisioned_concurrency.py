"""Provisioned concurrency as a setting, which moto 5.2.5 does not have.

It is kept, refused as on AWS without an alias or version and beyond the reserved concurrency, and READY at once. No
environment is started for it.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.awslambda import urls
from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction
from moto.awslambda.responses import LambdaResponse

from localaws.moto_patches.replace import add, replace

PATH = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency/?$"
REQUESTED = "ProvisionedConcurrentExecutions"
TIME = "2025-01-01T00:00:00+0000"


class _NotProvisionedError(LambdaClientError):
    code = 404

    def __init__(self) -> None:
        message = "No Provisioned Concurrency Config found for this function"
        super().__init__("ProvisionedConcurrencyConfigNotFoundException", message)


def install() -> None:
    """Install the patch; moto finds each operation's method by its name."""
    original = LambdaFunction.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  moto's class
        original(self, *args, **kwargs)
        self.local_provisioned = {}  # by qualifier

    replace(LambdaFunction, "__init__", init)
    urls.url_paths[PATH] = LambdaResponse.dispatch
    add(LambdaResponse, "put_provisioned_concurrency_config", _put)
    add(LambdaResponse, "get_provisioned_concurrency_config", _get)
    add(LambdaResponse, "delete_provisioned_concurrency_config", _delete)


def _put(self: Any) -> tuple[int, dict[str, int], str]:  # noqa: ANN401  moto's class
    function, qualifier = _target(self)
    wanted, reserved = int(self.json_body[REQUESTED]), function.reserved_concurrency
    if reserved is not None and wanted > int(reserved):
        raise LambdaClientError(
            "InvalidParameterValueException",
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
        )
    function.local_provisioned[qualifier] = wanted
    return 202, {"status": 202}, json.dumps(_answer(wanted))


def _get(self: Any) -> tuple[int, dict[str, int], str]:  # noqa: ANN401  moto's class
    function, qualifier = _target(self)
    if qualifier not in function.local_provisioned:
        raise _NotProvisionedError
    return 200, {"status": 200}, json.dumps(_answer(function.local_provisioned[qualifier]))


def _delete(self: Any) -> tuple[int, dict[str, int], str]:  # noqa: ANN401  moto's class
    function, qualifier = _target(self)
    function.local_provisioned.pop(qualifier, None)
    return 204, {"status": 204}, ""


def _target(response: Any) -> tuple[Any, str]:  # noqa: ANN401  moto's classes
    """Return the function itself, which all its versions share, and the qualifier, which must exist."""
    name = unquote(response.path.split("/")[-2])
    qualifier = response.querystring["Qualifier"][0]
    response.backend.get_function(name, qualifier)
    if qualifier == "$LATEST":
        raise LambdaClientError(
            "InvalidParameterValueException",
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
        )
    return response.backend.get_function(name), qualifier


def _answer(wanted: int) -> dict[str, object]:
    return {
        "RequestedProvisionedConcurrentExecutions": wanted,
        "AvailableProvisionedConcurrentExecutions": wanted,
        "AllocatedProvisionedConcurrentExecutions": wanted,
        "Status": "READY",
        "LastModified": TIME,
    }
