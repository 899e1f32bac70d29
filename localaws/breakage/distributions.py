"""What is broken in distributions and in the functions behind them, through AWS's own API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localaws.breakage.deployed import function_names, later, qualifier_of, statements_of, url_of
from localaws.cdn.distribution import CACHING_OPTIMIZED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localaws.breakage.deployed import Changes, Clients

INVOKE_URL, INVOKE = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"
CLOUDFRONT = "cloudfront.amazonaws.com"
OPEN_GRANTS: dict[str, dict[str, object]] = {
    "BrokenOpenUrl": {"Action": INVOKE_URL, "FunctionUrlAuthType": "NONE"},
    "BrokenOpenInvoke": {"Action": INVOKE, "InvokedViaFunctionUrl": True},
}
NO_COUNTRIES = {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}}


def open_origins(clients: Clients) -> Changes:
    """Let the Function URLs behind distributions ask for no signature."""
    functions = clients("lambda")
    for name in function_names(functions):
        url = url_of(functions, name)
        grants = [each for each in statements_of(functions, name) if _is_for_cloudfront(each)]
        if url is None or url["AuthType"] == "NONE" or not grants:
            continue
        which = {"FunctionName": name, **qualifier_of(url["FunctionArn"])}
        for statement, grant in OPEN_GRANTS.items():
            functions.add_permission(**which, StatementId=statement, Principal="*", **grant)
            yield later(functions.remove_permission, **which, StatementId=statement)
        functions.update_function_url_config(**which, AuthType="NONE")
        yield later(functions.update_function_url_config, **which, AuthType=url["AuthType"])


def remove_second_grants(clients: Clients) -> Changes:
    """Take the right to invoke from CloudFront."""
    functions = clients("lambda")
    for name in function_names(functions):
        for statement in statements_of(functions, name):
            if not _is_for_cloudfront(statement) or statement["Action"] != INVOKE:
                continue
            which = {"FunctionName": name, "StatementId": statement["Sid"], **qualifier_of(statement["Resource"])}
            functions.remove_permission(**which)
            source = statement["Condition"]["ArnLike"]["AWS:SourceArn"]
            yield later(functions.add_permission, **which, Action=INVOKE, Principal=CLOUDFRONT, SourceArn=source)


def let_in_every_country(clients: Clients) -> Changes:
    """Remove the lists of countries."""

    def change(config: Mapping[str, Any]) -> Mapping[str, Any]:
        is_listed = config["Restrictions"]["GeoRestriction"]["RestrictionType"] != "none"
        return {"Restrictions": NO_COUNTRIES} if is_listed else {}

    return _change_distributions(clients, change)


def give_up_early(clients: Clients) -> Changes:
    """Wait for origins no longer than a second."""

    def change(config: Mapping[str, Any]) -> Mapping[str, Any]:
        origins = [_impatient(each) for each in config["Origins"]["Items"]]
        return {"Origins": {"Quantity": len(origins), "Items": origins}}

    return _change_distributions(clients, change)


def keep_answers(clients: Clients) -> Changes:
    """Let distributions keep answers."""

    def change(config: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"DefaultCacheBehavior": {**config["DefaultCacheBehavior"], "CachePolicyId": CACHING_OPTIMIZED}}

    return _change_distributions(clients, change)


def _change_distributions(clients: Clients, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Changes:
    """Change the members of each configuration that `change` returns; where there are none, nothing."""
    cloudfront = clients("cloudfront")
    for identifier in _distribution_ids(cloudfront):
        found = cloudfront.get_distribution_config(Id=identifier)
        config = found["DistributionConfig"]
        if changed := change(config):
            tag = cloudfront.update_distribution(
                Id=identifier, IfMatch=found["ETag"], DistributionConfig={**config, **changed}
            )["ETag"]
            yield later(cloudfront.update_distribution, Id=identifier, IfMatch=tag, DistributionConfig=config)


def _impatient(origin: Mapping[str, Any]) -> Mapping[str, Any]:
    if "CustomOriginConfig" not in origin:  # a bucket, for which nobody waits
        return origin
    return {**origin, "CustomOriginConfig": {**origin["CustomOriginConfig"], "OriginReadTimeout": 1}}


def _distribution_ids(cloudfront: Any) -> list[str]:  # noqa: ANN401  botocore's client
    pages = cloudfront.get_paginator("list_distributions").paginate()
    return [each["Id"] for page in pages for each in page["DistributionList"].get("Items", ())]


def _is_for_cloudfront(statement: Mapping[str, Any]) -> bool:
    return bool(statement["Principal"] == {"Service": CLOUDFRONT})
