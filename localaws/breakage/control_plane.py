"""What is broken in the deployment itself, through AWS's own API: it shows there, and counts from the next request."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from localaws.breakage.deployed import function_names, later, qualifier_of, statements_of, url_of
from localaws.breakage.distributions import (
    give_up_early,
    keep_answers,
    let_in_every_country,
    open_origins,
    remove_second_grants,
)
from localaws.breakage.integrations import buffered_integrations
from localaws.errors import BreakageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from localaws.breakage.deployed import Changes, Clients

INVOKE = "lambda:InvokeFunction"
THROUGH_URL = "lambda:InvokedViaFunctionUrl"
PUBLIC_STATEMENT = "BrokenPublicInvoke"
ANYONE = ("*", {"AWS": "*"})
ABSENT = {"ResourceNotFoundException", "NoSuchDistribution"}
BUFFERED = "BUFFERED"


@contextlib.contextmanager
def broken_control_plane(name: str, clients: Clients) -> Iterator[None]:
    """Break the deployment for a while; `clients` makes botocore's by service.

    Raises BreakageError when nothing is there that it could break. What has been deleted meanwhile is not mended.
    """
    with contextlib.ExitStack() as mending:

        def open_client(service: str) -> Any:  # noqa: ANN401  botocore's client
            return mending.enter_context(contextlib.closing(clients(service)))

        count = 0
        for count, mend in enumerate(CHANGES[name](open_client), 1):  # noqa: B007  how many there were is asked below
            mending.callback(_unless_gone, mend)
        if not count:
            raise BreakageError(f"{name}: nothing is deployed that it could break.")
        yield


def _unless_gone(mend: Callable[[], object]) -> None:
    try:
        mend()
    except ClientError as error:
        if error.response["Error"]["Code"] not in ABSENT:
            raise


def _remove_second_grants(clients: Clients) -> Changes:
    functions = clients("lambda")
    for name in function_names(functions):
        for statement in statements_of(functions, name):
            if not _is_second_grant(statement):
                continue
            which = {"FunctionName": name, "StatementId": statement["Sid"], **qualifier_of(statement["Resource"])}
            functions.remove_permission(**which)
            yield later(functions.add_permission, **which, Action=INVOKE, Principal="*", InvokedViaFunctionUrl=True)


def _let_anyone_invoke(clients: Clients) -> Changes:
    functions = clients("lambda")
    for name in function_names(functions):
        arn = (url_of(functions, name) or {}).get("FunctionArn", "")
        which = {"FunctionName": name, "StatementId": PUBLIC_STATEMENT, **qualifier_of(arn)}
        functions.add_permission(**which, Action=INVOKE, Principal="*")
        yield later(functions.remove_permission, **which)


def _buffer_urls(clients: Clients) -> Changes:
    functions = clients("lambda")
    for name in function_names(functions):
        url = url_of(functions, name)
        if url and url["InvokeMode"] != BUFFERED:
            functions.update_function_url_config(FunctionName=name, InvokeMode=BUFFERED)
            yield later(functions.update_function_url_config, FunctionName=name, InvokeMode=url["InvokeMode"])


def _buffer_integrations(clients: Clients) -> Changes:
    gateway = clients("apigateway")
    for api in gateway.get_rest_apis(limit=500)["items"]:
        with contextlib.ExitStack() as buffered:
            if buffered.enter_context(buffered_integrations(gateway.meta.region_name, api["id"])):
                yield buffered.pop_all().close


def _keep_logs(clients: Clients) -> Changes:
    logs = clients("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            if days := group.get("retentionInDays"):
                logs.delete_retention_policy(logGroupName=group["logGroupName"])
                yield later(logs.put_retention_policy, logGroupName=group["logGroupName"], retentionInDays=days)


def _uncap(clients: Clients) -> Changes:
    functions = clients("lambda")
    for name in function_names(functions):
        reserved = functions.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
        if reserved is not None:
            functions.delete_function_concurrency(FunctionName=name)
            yield later(functions.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=reserved)


def _is_second_grant(statement: Mapping[str, Any]) -> bool:
    conditions = json.dumps(statement.get("Condition", {}))
    return statement["Principal"] in ANYONE and statement["Action"] == INVOKE and THROUGH_URL in conditions


CHANGES: dict[str, Callable[[Clients], Changes]] = {
    "missing-grant": _remove_second_grants,
    "public-invoke": _let_anyone_invoke,
    "buffered-mode": _buffer_urls,
    "buffered-integration": _buffer_integrations,
    "endless-logs": _keep_logs,
    "uncapped": _uncap,
    "open-origin": open_origins,
    "missing-cdn-grant": remove_second_grants,
    "no-countries": let_in_every_country,
    "impatient-cdn": give_up_early,
    "caching": keep_answers,
}
