"""Identity policies, evaluated on every call that a role's session or an IAM user makes.

moto 5.2.5 can evaluate some, after a number of requests that it is told, but for Terraform too, and without resources
and conditions. Here a call that is not allowed is refused before moto sees it. Signatures are not verified; unsigned
requests and keys that nobody has are left to moto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from localaws.api_access import UnknownAccessError, needed_accesses
from localaws.authorization import AccessDeniedError, check, principal_of
from localaws.identity import ACCESS_KEY_ID
from localaws.moto_patches import data_plane
from localaws.moto_patches.api_calls import Refusal, call_of, is_xml, refuse, scope_of
from localaws.moto_patches.replace import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from localaws.moto_patches.api_calls import Application, Environ, Scope, StartResponse


def install() -> None:
    """Install the patch."""
    original: Application = DomainDispatcherApplication.__call__

    def call(self: Any, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:  # noqa: ANN401  moto's class
        scope = scope_of(environ)
        if scope and scope.access_key_id != ACCESS_KEY_ID:
            try:
                _authorize(environ, scope)
            except (AccessDeniedError, UnknownAccessError) as error:
                return refuse(environ, scope.service, _refusal(environ, scope.service, str(error)), start_response)
        return original(self, environ, start_response)

    replace(DomainDispatcherApplication, "__call__", call)


def _authorize(environ: Environ, scope: Scope) -> None:
    identities = data_plane.current().identities
    caller = identities.credentials(scope.access_key_id)
    if caller is None:
        return
    policies = identities.policies(caller)
    call = call_of(environ, scope, caller.arn.split(":")[4])
    for access in needed_accesses(call, principal_of(caller)):
        check(access, policies)


def _refusal(environ: Environ, service: str, message: str) -> Refusal:
    if is_xml(environ, service):
        return Refusal("403 Forbidden", "AccessDenied", message)
    status = "400 Bad Request" if "HTTP_X_AMZ_TARGET" in environ else "403 Forbidden"
    return Refusal(status, "AccessDeniedException", message)
