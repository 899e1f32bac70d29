"""The configuration of what is deployed, read through boto3."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from stream_check.api_route import method_for
from stream_check.cdn import Countries
from stream_check.finding import Broken, NotTried
from stream_check.settings import API_GATEWAY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stream_check.settings import Settings

BUFFERED = "BUFFERED"
STREAMED = "RESPONSE_STREAM"
TRANSFERRED = "STREAM"
STREAMING_URI = "/response-streaming-invocations"


class Deployed:
    """What AWS says about the function, its URL, its logs, its REST API and its distribution.

    Every attribute raises NotTried when it isn't known what is deployed, and Broken when AWS doesn't tell.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session = boto3.Session(region_name=settings.region)

    @cached_property
    def function(self) -> Mapping[str, Any]:
        """The function's configuration."""
        return self._ask("lambda", "get_function_configuration", **self._function())

    @cached_property
    def reserved_concurrency(self) -> int | None:
        """How many requests may run at once; None for no limit."""
        found = self._ask("lambda", "get_function_concurrency", FunctionName=self._name())
        return found.get("ReservedConcurrentExecutions")

    @cached_property
    def url(self) -> Mapping[str, Any]:
        """The Function URL's configuration."""
        try:
            return self._ask("lambda", "get_function_url_config", **self._function())
        except _AbsentError:
            raise NotTried("The function has no URL.") from None

    @cached_property
    def statements(self) -> list[Mapping[str, Any]]:
        """The statements of the function's resource policy."""
        try:
            policy = self._ask("lambda", "get_policy", **self._function())["Policy"]
        except _AbsentError:
            return []
        found: list[Mapping[str, Any]] = json.loads(policy)["Statement"]
        return found

    @cached_property
    def log_group(self) -> Mapping[str, Any] | None:
        """The function's log group; None when there is none."""
        name = self.function.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{self.function['FunctionName']}"
        groups = self._ask("logs", "describe_log_groups", logGroupNamePrefix=name)["logGroups"]
        return next((group for group in groups if group["logGroupName"] == name), None)

    @property
    def url_mode(self) -> str:
        """The Function URL's invoke mode."""
        return str(self.url.get("InvokeMode", BUFFERED))

    @cached_property
    def function_integrations(self) -> Mapping[str, Mapping[str, Any]]:
        """The REST API's integrations with functions, by `METHOD path`."""
        found = {
            f"{name} {resource['path']}": method.get("methodIntegration", {})
            for resource in self._resources
            for name, method in resource.get("resourceMethods", {}).items()
        }
        return {name: integration for name, integration in found.items() if integration.get("type") == "AWS_PROXY"}

    @property
    def asked_method(self) -> Mapping[str, Any]:
        """The REST API's method that the question meets."""
        ask = self._settings.ask
        found = method_for(self._resources, ask.method, ask.path)
        if found is None:
            raise NotTried(f"The REST API has no method for {ask.method} /{ask.path}.")
        return found

    @cached_property
    def _resources(self) -> list[Mapping[str, Any]]:
        rest_api = self._settings.deployment.rest_api_id
        if rest_api is None:
            raise NotTried("No REST API is named: give --rest-api, or a root with the output rest_api_id.")
        found = self._ask("apigateway", "get_resources", restApiId=rest_api, embed=["methods"], limit=500)
        resources: list[Mapping[str, Any]] = found["items"]
        return resources

    @property
    def buffered_integrations(self) -> list[tuple[str, str, str]]:
        """Those that can't stream: method and path, transfer mode, URI."""
        return [
            (name, mode, uri)
            for name, integration in self.function_integrations.items()
            for mode, uri in [(integration.get("responseTransferMode", BUFFERED), str(integration.get("uri")))]
            if mode != TRANSFERRED or not uri.endswith(STREAMING_URI)
        ]

    @cached_property
    def distribution_id(self) -> str:
        """The id of the distribution in front of the Function URL."""
        if self._settings.cdn is None or self._settings.cdn.distribution is None:
            raise NotTried(
                "No distribution is named: give --distribution, or a root with the output cdn_distribution_id."
            )
        return self._settings.cdn.distribution

    @cached_property
    def distribution(self) -> Mapping[str, Any]:
        """The distribution's configuration."""
        found = self._ask("cloudfront", "get_distribution_config", Id=self.distribution_id)
        config: Mapping[str, Any] = found["DistributionConfig"]
        return config

    @property
    def countries(self) -> Countries:
        """Whose viewers the distribution lets in."""
        return Countries.of_distribution(self.distribution)

    @property
    def origin_read_timeout_s(self) -> float:
        """For how long the function may be silent before the distribution gives up."""
        wanted = self.distribution["DefaultCacheBehavior"]["TargetOriginId"]
        origin = next(each for each in self.distribution["Origins"]["Items"] if each["Id"] == wanted)
        return float(origin["CustomOriginConfig"]["OriginReadTimeout"])

    @cached_property
    def cause_to_buffer(self) -> str | None:
        """The check that says why nothing can stream; None when the configuration doesn't say so, or can't be read."""
        is_api = self._settings.service == API_GATEWAY
        try:
            buffers = bool(self.buffered_integrations) if is_api else self.url_mode != STREAMED
        except (Broken, NotTried):
            buffers = False
        return ("deployed.api" if is_api else "deployed.url") if buffers else None

    def _name(self) -> str:
        name = self._settings.deployment.function
        if name is None:
            raise NotTried("No function is named: give --function, or a root with the output function_name.")
        return name

    def _function(self) -> dict[str, str]:
        qualifier = self._settings.deployment.qualifier
        return {"FunctionName": self._name(), **({"Qualifier": qualifier} if qualifier else {})}

    def _ask(self, service: str, operation: str, **arguments: Any) -> Mapping[str, Any]:  # noqa: ANN401  boto3's
        try:
            method: Callable[..., Mapping[str, Any]] = getattr(self._session.client(service), operation)
            return method(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"ResourceNotFoundException", "NotFoundException"}:
                raise _AbsentError(f"{service} {operation}: {error}") from error
            raise Broken(f"{service} {operation}: {error}") from error
        except BotoCoreError as error:
            raise Broken(f"{service} {operation}: {error}") from error


class _AbsentError(Broken):
    """AWS has nothing of that name."""
