"""A REST API as its imported OpenAPI document describes it: immutable, and already in API Gateway's terms. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY = "ANY"
ROOT = "/"


class TransferMode(StrEnum):
    """Whether an integration's response is collected or passed on as it comes."""

    BUFFERED = "BUFFERED"
    STREAM = "STREAM"


class IntegrationType(StrEnum):
    """What stands behind a method."""

    AWS_PROXY = "AWS_PROXY"
    HTTP_PROXY = "HTTP_PROXY"
    AWS = "AWS"
    HTTP = "HTTP"
    MOCK = "MOCK"


class AuthorizationType(StrEnum):
    """Who may call a method; an API key is asked for on top of that."""

    NONE = "NONE"
    AWS_IAM = "AWS_IAM"
    CUSTOM = "CUSTOM"
    COGNITO_USER_POOLS = "COGNITO_USER_POOLS"


class AuthorizerType(StrEnum):
    """How an authorizer decides."""

    TOKEN = "TOKEN"  # noqa: S105  a kind of authorizer
    REQUEST = "REQUEST"
    COGNITO_USER_POOLS = "COGNITO_USER_POOLS"


@dataclass(frozen=True, slots=True)
class Authorizer:
    """An authorizer; `identity_sources` are such as `method.request.header.Authorization`."""

    name: str
    type: AuthorizerType
    identity_sources: tuple[str, ...] = ()
    identity_validation: str | None = None
    ttl_seconds: int = 300
    provider_arns: tuple[str, ...] = ()
    uri: str = ""
    credentials: str | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a method asks of its caller; `authorizer` names one of the document's."""

    type: AuthorizationType = AuthorizationType.NONE
    authorizer: str | None = None
    scopes: tuple[str, ...] = ()
    api_key_required: bool = False


@dataclass(frozen=True, slots=True)
class IntegrationResponse:
    """How a response of a MOCK integration is made; `pattern` selects it, and `default` is for all that none does."""

    pattern: str
    status: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Integration:
    """What stands behind a method; `credentials` is the ARN of a role to call it as."""

    type: IntegrationType
    uri: str = ""
    http_method: str = "POST"
    transfer_mode: TransferMode = TransferMode.BUFFERED
    timeout_ms: int = 29_000
    credentials: str | None = None
    content_handling: str | None = None
    request_templates: Mapping[str, str] = field(default_factory=dict)
    responses: tuple[IntegrationResponse, ...] = ()


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a resource: an HTTP method, or ANY for those that have none of their own.

    `response_headers` holds, for each status of a method response, the headers that it declares.
    """

    name: str
    integration: Integration | None
    authorization: Authorization = Authorization()
    response_headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resource:
    """A path with its methods by name; parts of the path may be `{name}`, and the last `{name+}`."""

    path: str
    methods: Mapping[str, Method]


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """How the API itself answers in one case: what is customised of it."""

    status: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole REST API."""

    title: str
    description: str | None = None
    resources: tuple[Resource, ...] = ()
    authorizers: Mapping[str, Authorizer] = field(default_factory=dict)
    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=dict)
    policy: Mapping[str, object] | None = None
    binary_media_types: tuple[str, ...] = ()
    api_key_source: str = "HEADER"
    endpoint_disabled: bool = False
    vpc_endpoint_ids: tuple[str, ...] = ()

    @property
    def unintegrated(self) -> tuple[tuple[str, str], ...]:
        """Return path and name of each method that has no integration: such an API can't be deployed."""
        return tuple(
            (resource.path, method.name)
            for resource in self.resources
            for method in resource.methods.values()
            if method.integration is None
        )
