"""The way from a patched moto, in whichever thread it runs, to the data plane of this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from localaws.authorization import Identities
    from localaws.execution.deployment import Deployment
    from localaws.execution_role import ExecutionRoles
    from localaws.outages import Outages


@dataclass(frozen=True, slots=True)
class InvokeResult:
    """What the Invoke API answers."""

    status: int
    payload: bytes
    function_error: str | None = None
    error_type: str | None = None


class DataPlane(Protocol):
    """What the control plane asks of the data plane; every call may come from any thread."""

    @property
    def identities(self) -> Identities:
        """Return whose credentials are whose, and what they may do."""

    @property
    def roles(self) -> ExecutionRoles:
        """Return the roles that functions run as."""

    @property
    def outages(self) -> Outages:
        """Return which services fail, and how."""

    def open_url(self, function_name: str, qualifier: str | None) -> int:
        """Listen for a Function URL and return the port."""

    def close_url(self, port: int) -> None:
        """Stop listening."""

    def open_rest_api(self, api_id: str) -> int:
        """Listen for a REST API and return the port."""

    def close_rest_api(self, api_id: str) -> None:
        """Stop listening for it."""

    def open_distribution(self, identifier: str) -> None:
        """Listen for a CloudFront distribution."""

    def close_distribution(self, identifier: str) -> None:
        """Stop listening for it."""

    def end_function(self, function_name: str) -> None:
        """End a deleted function's environments."""

    def deployment_of(self, function: object) -> Deployment:
        """Return moto's function as a deployment."""

    def take_snapshot(self, deployment: Deployment) -> str | None:
        """Initialise a version that is published with SnapStart; return why that failed."""

    def invoke(self, deployment: Deployment, event: bytes, function_arn: str) -> InvokeResult:
        """Invoke and wait for the result."""

    def invoke_later(self, deployment: Deployment, event: bytes, function_arn: str) -> None:
        """Invoke and forget the result."""


class _Connection:
    plane: DataPlane | None = None


def connect(plane: DataPlane | None) -> None:
    """Make `plane` the one that the patches use; None when it stops."""
    _Connection.plane = plane


def current() -> DataPlane:
    """Return the data plane in use; RuntimeError when no local AWS runs."""
    if _Connection.plane is None:
        raise RuntimeError("No local AWS is running in this process.")
    return _Connection.plane
