"""The calls that reach moto: who signed which operation of what service, and how a service says no."""

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
from werkzeug.exceptions import HTTPException

from localaws.api_access import ApiCall, UnknownAccessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Environ = dict[str, Any]
    StartResponse = Callable[..., Any]
    Application = Callable[[Any, Environ, StartResponse], Iterable[bytes]]

SIGNED = re.compile(r"Credential=([^,\s]+)")
SCOPE_PARTS = 5
SIGNED_BY_VERSION_2 = re.compile(r"AWS ([^:]+):")
VERSION_2_REGION = "us-east-1"
"""Signature version 2 names no region; S3 still knows it, and boto3 presigns with it here."""
MODELS = {"monitoring": "cloudwatch", "email": "ses", "states": "stepfunctions"}
"""Service models that are not named as requests to them are signed."""
DELETED_KEY = re.compile(r"<Key>(.*?)</Key>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signature is for."""

    access_key_id: str
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as a service answers it."""

    status: str
    code: str
    message: str


def scope_of(environ: Environ) -> Scope | None:
    """Return who signed the request for what, be it in the header or in the query."""
    header, query = environ.get("HTTP_AUTHORIZATION", ""), dict(parse_qsl(environ.get("QUERY_STRING", "")))
    match = SIGNED.search(header)
    parts = (match[1] if match else query.get("X-Amz-Credential", "")).split("/")
    if len(parts) == SCOPE_PARTS:
        return Scope(parts[0], parts[2], parts[3].lower())
    match = SIGNED_BY_VERSION_2.match(header)
    key = match[1] if match else query.get("AWSAccessKeyId")
    return Scope(key, VERSION_2_REGION, "s3") if key else None


def call_of(environ: Environ, scope: Scope, account: str) -> ApiCall:
    """Return what is called; raises UnknownAccessError for an operation that the service's model lacks."""
    body = _body(environ)
    try:
        request = Request({**environ, "wsgi.input": io.BytesIO(body)})
        operation, labels = get_service_router(MODELS.get(scope.service, scope.service)).match(request)
    except (HTTPException, BotoCoreError) as error:
        what = environ.get("HTTP_X_AMZ_TARGET") or f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '/')}"
        raise UnknownAccessError(f"the local AWS does not know the operation {scope.service} {what}") from error
    members = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)) | _members(environ, body)
    return ApiCall(scope.service, operation.name, scope.region, account, members | labels)


def refuse(environ: Environ, service: str, refusal: Refusal, start_response: StartResponse) -> Iterable[bytes]:
    """Answer in the protocol of the call."""
    if is_xml(environ, service):
        error = f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message></Error>"
        text, kind = error if service == "s3" else f"<ErrorResponse>{error}</ErrorResponse>", "application/xml"
    else:
        text, kind = json.dumps({"__type": refusal.code, "message": refusal.message}), "application/json"
    body = b"" if environ["REQUEST_METHOD"] == "HEAD" else text.encode()
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-errortype", refusal.code)]
    start_response(refusal.status, headers)
    return [body]


def is_xml(environ: Environ, service: str) -> bool:
    """Return whether the service answers in XML: S3, and those that are asked in forms."""
    return service == "s3" or "x-www-form-urlencoded" in environ.get("CONTENT_TYPE", "")


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
