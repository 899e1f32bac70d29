"""A bucket policy's conditions.

moto 5.2.5 evaluates a bucket's policy without them, so that the usual denial of plain HTTP denies everything. Here they
count. moto doesn't say who asks: only what a policy says to everyone is evaluated.
"""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from localaws.authorization import global_keys
from localaws.moto_patches.replace import replace
from localaws.policy import ANYONE, Access, Effect, decide_resource, statements_of

RESULTS = {
    Effect.ALLOWED: PermissionResult.PERMITTED,
    Effect.DENIED: PermissionResult.DENIED,
    Effect.SILENT: PermissionResult.NEUTRAL,
}


def install() -> None:
    """Install the patch."""
    replace(FakeBucket, "get_permission", _get_permission)


def _get_permission(self: Any, action: str, resource: str) -> PermissionResult:  # noqa: ANN401  moto's class
    statements = statements_of(self.policy.decode()) if self.policy else ()
    access = Access(ANYONE, action, resource, global_keys(ANYONE, self.region_name))
    return RESULTS[decide_resource(statements, access).effect]
