"""Identity policies, evaluated on every call that a role's session or an IAM user makes.

moto 5.2.5 can evaluate some, after a number of requests that it is told, but for Terraform too, and without resources
and conditions. Here a call that is not allowed is refused before moto sees it. Signatures are not verified; unsigned
requests and keys that nobody has are left to moto.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape, unescape

from botocore.exceptions import BotoCoreError
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.exceptions import HTTPException

from localaws.api_access import ApiCall, UnknownAccessError, needed_accesses
from localaws.authorization import AccessDeniedError, check, principal_of
from localaws.identity import ACCESS_KEY_ID
from localaws.moto_patches import data_plane
from localaws.moto_patches.replace import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from localaws.sigv4 import Credentials

    Environ = dict[str, Any]
    Application = Callable[[Any, Environ, Callable[..., Any]], Iterable[bytes]]

SIGNED = re.compile(r"Credential=([^,\s]+)")
SCOPE_PARTS = 5
SIGNED_BY_VERSION_2 = re.compile(r"AWS ([^:]+):")
VERSION_2_REGION = "us-east-1"
"""Signature version 2 names no region; S3 still knows it, and boto3 presigns with it here."""
MODELS = {"monitoring": "cloudwatch", "email": "ses", "states": "stepfunctions"}
"""Service models that are not named as requests to them are signed."""
DELETED_KEY = re.compile(r"<Key>(.*?)</Key>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Scope:
    access_key_id: str
    region: str
    service: str


def install() -> None:
    """Install the patch."""
    original: Application = DomainDispatcherApplication.__call__

    def call(self: Any, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:  # noqa: ANN401  moto's class
        scope = _scope(environ)
        if scope and scope.access_key_id != ACCESS_KEY_ID:
            try:
                _authorize(environ, scope)
            except (AccessDeniedError, UnknownAccessError) as error:
                return _refuse(environ, scope.service, str(error), start_response)
        return original(self, environ, start_response)

    replace(DomainDispatcherApplication, "__call__", call)


def _scope(environ: Environ) -> _Scope | None:
    """Return who signed the request for what, be it in the header or in the query."""
    header, query = environ.get("HTTP_AUTHORIZATION", ""), dict(parse_qsl(environ.get("QUERY_STRING", "")))
    match = SIGNED.search(header)
    parts = (match[1] if match else query.get("X-Amz-Credential", "")).split("/")
    if len(parts) == SCOPE_PARTS:
        return _Scope(parts[0], parts[2], parts[3].lower())
    match = SIGNED_BY_VERSION_2.match(header)
    key = match[1] if match else query.get("AWSAccessKeyId")
    return _Scope(key, VERSION_2_REGION, "s3") if key else None


def _authorize(environ: Environ, scope: _Scope) -> None:
    identities = data_plane.current().identities
    caller = identities.credentials(scope.access_key_id)
    if caller is None:
        return
    policies = identities.policies(caller)
    for access in needed_accesses(_call(environ, scope, caller), principal_of(caller)):
        check(access, policies)


def _call(environ: Environ, scope: _Scope, caller: Credentials) -> ApiCall:
    body = _body(environ)
    try:
        request = Request({**environ, "wsgi.input": io.BytesIO(body)})
        operation, labels = get_service_router(MODELS.get(scope.service, scope.service)).match(request)
    except (HTTPException, BotoCoreError) as error:
        what = environ.get("HTTP_X_AMZ_TARGET") or f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '/')}"
        raise UnknownAccessError(f"the local AWS does not know the operation {scope.service} {what}") from error
    members = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)) | _members(environ, body)
    return ApiCall(scope.service, operation.name, scope.region, caller.arn.split(":")[4], members | labels)


def _body(environ: Environ) -> bytes:
    """Return the body, which stays there for moto. One without a length stays unread: it is an object for S3."""
    if not environ.get("CONTENT_LENGTH"):
        return b""
    body: bytes = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _members(environ: Environ, body: bytes) -> dict[str, object]:
    """Return the members of a JSON or form body, and those of S3 that decide over an access."""
    kind = environ.get("CONTENT_TYPE", "")
    if "x-www-form-urlencoded" in kind:
        return dict(parse_qsl(body.decode(errors="replace")))
    if "json" in kind:
        try:
            fields = json.loads(body)
        except ValueError:
            return {}
        return fields if isinstance(fields, dict) else {}
    members: dict[str, object] = {}
    if source := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
        members["CopySource"] = source
    if "delete" in dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)):
        members["Keys"] = [unescape(key) for key in DELETED_KEY.findall(body.decode(errors="replace"))]
    return members


def _refuse(environ: Environ, service: str, message: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer in the protocol of the call."""
    if service == "s3" or "x-www-form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        error = f"<Error><Code>AccessDenied</Code><Message>{escape(message)}</Message></Error>"
        text = error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>"
        status, kind, code = "403 Forbidden", "application/xml", "AccessDenied"
    else:
        text = json.dumps({"__type": "AccessDeniedException", "message": message})
        status = "400 Bad Request" if "HTTP_X_AMZ_TARGET" in environ else "403 Forbidden"
        kind, code = "application/json", "AccessDeniedException"
    body = b"" if environ["REQUEST_METHOD"] == "HEAD" else text.encode()
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-errortype", code)]
    start_response(status, headers)
    return [body]
