"""Verification of AWS Signature Version 4 in the Authorization header. No I/O.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW_SECONDS = 300
DATE_FORMAT = "%Y%m%dT%H%M%SZ"


class SignatureError(Exception):
    """The request is not signed as it must be; the text says in what."""


class NotSignedError(SignatureError):
    """There is no Authorization header."""


class UnknownKeyError(SignatureError):
    """Nobody has the access key, or its session token is another."""


class WrongSignatureError(SignatureError):
    """The signature is of another request: another body, another header, another key."""


class StaleSignatureError(SignatureError):
    """The signature is too old, or of the future."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key pair, with the session token that must come along and the identity behind it.

    `arn` is a user's or a session's; a session also has its role's, and a time when it `expires`, in UTC.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str | None
    arn: str
    user_id: str
    role_arn: str | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request as it came over the wire: `target` undecoded, header names in lower case and in order."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's values joined by commas, None when it is absent."""
        values = [value for known, value in self.headers if known == name]
        return ",".join(values) if values else None


@dataclass(frozen=True, slots=True)
class Scope:
    """What the signature must have been made for."""

    region: str
    service: str


@dataclass(frozen=True, slots=True)
class _Claim:
    access_key_id: str
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


def check_payload(request: ReceivedRequest) -> None:
    """Raise WrongSignatureError for a hash that is declared and isn't the body's: no service here takes others."""
    declared = request.header("x-amz-content-sha256")
    if declared is not None and declared != hashlib.sha256(request.body).hexdigest():
        raise WrongSignatureError("x-amz-content-sha256 is not the hash of the body")


def verify(
    request: ReceivedRequest,
    scope: Scope,
    find: Callable[[str], Credentials | None],
    now: datetime,
    check: Callable[[ReceivedRequest], None] = check_payload,
) -> Credentials:
    """Return the credentials that the request is signed with.

    `find` looks an access key id up, `check` has a say on the payload. Raises SignatureError with the reason.
    """
    claim = _parse(request.header("authorization"))
    date = _checked_date(request, claim, now)
    if (claim.region, claim.service) != (scope.region, scope.service):
        raise SignatureError(f"signed for {claim.region}/{claim.service}, not for {scope.region}/{scope.service}")
    credentials = find(claim.access_key_id)
    if credentials is None:
        raise UnknownKeyError(f"unknown access key id {claim.access_key_id}")
    if (request.header("x-amz-security-token") or None) != credentials.session_token:
        raise UnknownKeyError("the session token is missing or wrong")
    check(request)
    canonical = canonical_request(request, claim.signed_headers)
    if not hmac.compare_digest(_signature(claim, credentials, date, canonical), claim.signature):
        raise WrongSignatureError("the signature does not match; the canonical request here is:\n" + canonical)
    return credentials


def canonical_request(request: ReceivedRequest, signed_headers: Sequence[str]) -> str:
    """Return the text whose hash is signed."""
    path, _, query = request.target.partition("?")
    headers = "".join(f"{name}:{_trimmed(request.header(name) or '')}\n" for name in signed_headers)
    digest = request.header("x-amz-content-sha256") or hashlib.sha256(request.body).hexdigest()
    parts = (request.method, _path(path), _query(query), headers, ";".join(signed_headers), digest)
    return "\n".join(parts)


def _parse(authorization: str | None) -> _Claim:
    if not authorization:
        raise NotSignedError("there is no Authorization header")
    algorithm, _, rest = authorization.partition(" ")
    fields = dict(re.findall(r"(\w+)=([^,\s]+)", rest))
    scope = fields.get("Credential", "").split("/")
    if algorithm != ALGORITHM or len(scope) != 5 or scope[4] != "aws4_request":  # noqa: PLR2004  key/day/region/service/end
        raise SignatureError("the Authorization header is not AWS4-HMAC-SHA256 with a credential scope")
    signed = tuple(fields.get("SignedHeaders", "").split(";"))
    if "host" not in signed:
        raise SignatureError("the host header is not signed")
    return _Claim(scope[0], scope[1], scope[2], scope[3], signed, fields.get("Signature", ""))


def _checked_date(request: ReceivedRequest, claim: _Claim, now: datetime) -> str:
    text = request.header("x-amz-date") or ""
    try:
        date = datetime.strptime(text, DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise SignatureError("the x-amz-date header is missing or malformed") from None
    if abs((now - date).total_seconds()) > MAX_SKEW_SECONDS:
        raise StaleSignatureError(f"signed at {text}, more than five minutes from now")
    if not text.startswith(claim.day):
        raise SignatureError("the credential scope has another day than x-amz-date")
    return text


def _signature(claim: _Claim, credentials: Credentials, date: str, canonical: str) -> str:
    scope = f"{claim.day}/{claim.region}/{claim.service}/aws4_request"
    to_sign = f"{ALGORITHM}\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret_access_key}".encode()
    for part in (claim.day, claim.region, claim.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


def _path(path: str) -> str:
    """Every service but S3 removes dot segments and encodes the wire's path once more."""
    normal = posixpath.normpath(path) if path else "/"
    if path.endswith("/") and not normal.endswith("/"):
        normal += "/"
    return quote("/" + normal.lstrip("/"), safe="/~")


def _query(query: str) -> str:
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    encoded = [(_encoded(name), _encoded(value)) for name, _, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def _encoded(text: str) -> str:
    return quote(unquote(text), safe="~")


def _trimmed(value: str) -> str:
    return re.sub(r" +", " ", value.strip())
