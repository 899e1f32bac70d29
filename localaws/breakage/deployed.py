"""What changes of the deployment need to know of it, asked of AWS's API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Clients = Callable[[str], Any]
Changes = Iterator[Callable[[], object]]
"""Makes one change after the other, and yields for each what takes it back."""


def later(call: Callable[..., object], **arguments: object) -> Callable[[], object]:
    """Return a call that is made without arguments."""
    return lambda: call(**arguments)


def function_names(functions: Any) -> list[str]:  # noqa: ANN401  botocore's client
    """Return the names of all functions."""
    pages = functions.get_paginator("list_functions").paginate()
    return [function["FunctionName"] for page in pages for function in page["Functions"]]


def url_of(functions: Any, name: str) -> Mapping[str, Any] | None:  # noqa: ANN401  botocore's client
    """Return the configuration of a function's URL, None when it has none."""
    try:
        found: Mapping[str, Any] = functions.get_function_url_config(FunctionName=name)
    except functions.exceptions.ResourceNotFoundException:
        return None
    return found


def statements_of(functions: Any, name: str) -> list[Mapping[str, Any]]:  # noqa: ANN401  botocore's client
    """Return the statements of a function's policy."""
    try:
        policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    except functions.exceptions.ResourceNotFoundException:
        return []
    found: list[Mapping[str, Any]] = policy["Statement"]
    return found


def qualifier_of(function_arn: str) -> dict[str, str]:
    """Return the argument that names the alias or version of an ARN, none for the function itself."""
    qualifier = function_arn.partition(":function:")[2].partition(":")[2]
    return {"Qualifier": qualifier} if qualifier else {}
