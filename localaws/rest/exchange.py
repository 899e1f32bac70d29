"""One request on its way through an API, and what each step has found out about it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localaws.identity import ACCOUNT_ID, PARTITION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from localaws.rest.document import Authorizer, Document
    from localaws.rest.routing import Route
    from localaws.sigv4 import ReceivedRequest


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

    def arn(self, suffix: str) -> str:
        """Return an ARN of the API's execution; the suffix begins with the stage or with `authorizers`."""
        return f"arn:{PARTITION}:execute-api:{self.region}:{ACCOUNT_ID}:{self.api_id}/{suffix}"


@dataclass(frozen=True, slots=True)
class Location:
    """Where in an API a URL leads: `path` is what is left of its path, undecoded, `base` what was taken off."""

    stage: Stage
    domain: str
    base: str
    path: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the connection and API Gateway add to the request."""

    request_id: str
    extended_request_id: str
    trace_id: str
    source_ip: str
    now: datetime


@dataclass(slots=True)
class Exchange:
    """A request and what is known about it so far.

    `headers` are the request's as they were sent, names included; `request.headers` have lower-case names. Authorizers
    and API keys add to `identity` and `authorizer`, which are the event's `requestContext.identity` and `.authorizer`.
    """

    request: ReceivedRequest
    headers: tuple[tuple[str, str], ...]
    arrival: Arrival
    location: Location
    route: Route
    identity: dict[str, str] = field(default_factory=dict)
    authorizer: dict[str, object] = field(default_factory=dict)

    @property
    def stage(self) -> Stage:
        """Return the stage that answers."""
        return self.location.stage

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
        return self.stage.document.authorizers[name] if name else None
