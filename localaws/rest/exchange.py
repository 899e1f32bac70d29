"""One request on its way through an API, and what each step has found out about it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localaws.identity import ACCOUNT_ID, PARTITION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from localaws.front.delivery import Transfer
    from localaws.rest.document import Authorizer, Document, TransferMode
    from localaws.rest.refusal import Refusal
    from localaws.rest.routing import Route
    from localaws.sigv4 import ReceivedRequest


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Where a stage's access log goes, and how a line of it looks."""

    destination_arn: str
    format: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as it is at this moment; `document` is the deployment's, a snapshot of what was imported then.

    `method_settings` are by `path/METHOD`, as the API has them, with `*/*` for all methods.
    """

    api_id: str
    region: str
    name: str
    deployment_id: str
    document: Document
    resource_ids: Mapping[str, str]
    authorizer_ids: Mapping[str, str]
    endpoint_type: str = "REGIONAL"
    variables: Mapping[str, str] = field(default_factory=dict)
    method_settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    tracing: bool = False
    access_log: AccessLog | None = None

    def arn(self, suffix: str) -> str:
        """Return an ARN of the API's execution; the suffix begins with the stage or with `authorizers`."""
        return f"arn:{PARTITION}:execute-api:{self.region}:{ACCOUNT_ID}:{self.api_id}/{suffix}"


@dataclass(frozen=True, slots=True)
class Location:
    """Where in an API a URL leads.

    `path` is what is left of the URL's path, undecoded, after `base` was taken off: the stage of the API's own domain,
    the base path of a custom one.
    """

    stage: Stage
    domain: str
    base: str
    path: str
    is_custom: bool = False


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """The VPC endpoint that a request to a private API came through."""

    id: str
    vpc_id: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the connection and API Gateway add to the request; `started` is of `time.perf_counter()`."""

    request_id: str
    extended_request_id: str
    trace_id: str
    source_ip: str
    now: datetime
    started: float


@dataclass(slots=True)
class Call:
    """What became of the call of an integration; `started` is of `time.perf_counter()`."""

    transfer_mode: TransferMode
    request_id: str
    started: float
    transfer: Transfer
    error: str | None = None


@dataclass(slots=True)
class Exchange:
    """A request to a stage, and what is known about it so far.

    `headers` are the request's as they were sent, names included; `request.headers` have lower-case names, and its body
    is empty until it was received. Authorizers and API keys add to `identity` and `authorizer`, which are the event's
    `requestContext.identity` and `.authorizer`. `refusal` is set when API Gateway answers itself, `call` when an
    integration was called.
    """

    request: ReceivedRequest
    headers: tuple[tuple[str, str], ...]
    arrival: Arrival
    location: Location
    matched: Route | None = None
    vpc_endpoint: VpcEndpoint | None = None
    identity: dict[str, str] = field(default_factory=dict)
    authorizer: dict[str, object] = field(default_factory=dict)
    refusal: Refusal | None = None
    call: Call | None = None

    @property
    def stage(self) -> Stage:
        """Return the stage that answers."""
        return self.location.stage

    @property
    def document(self) -> Document:
        """Return the API as it was deployed."""
        return self.location.stage.document

    @property
    def route(self) -> Route:
        """Return the route, which every step after the routing may rely on; RuntimeError before."""
        if self.matched is None:
            raise RuntimeError("The request has no route yet.")
        return self.matched

    @property
    def query(self) -> str:
        """Return the query, undecoded."""
        return self.request.target.partition("?")[2]

    @property
    def method_arn(self) -> str:
        """Return the ARN of the method that is called, with the path as it was sent."""
        return self.stage.arn(f"{self.stage.name}/{self.request.method}{self.location.path}")

    @property
    def source_arn(self) -> str:
        """Return the ARN that a function's resource policy sees as the source."""
        return self.stage.arn(f"{self.stage.name}/{self.request.method}{self.route.resource.path}")

    @property
    def method_authorizer(self) -> Authorizer | None:
        """Return the authorizer of the method."""
        name = self.route.method.authorization.authorizer
        return self.document.authorizers[name] if name else None
