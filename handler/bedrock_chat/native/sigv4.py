"""AWS Signature Version 4 in the Authorization header. No input or output here.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from time import gmtime, strftime

try:
    # What `hashlib` and `hmac` would find too. An https endpoint loads this library anyway, and large requests want its
    # speed; the detour over the two modules would cost a cold start another millisecond.
    from _hashlib import hmac_digest
    from _hashlib import openssl_sha256 as sha256
except ImportError:  # a Python that was built without OpenSSL
    from hashlib import sha256
    from hmac import digest as hmac_digest  # type: ignore[assignment] # it takes more types than the other one

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "bedrock"

# How each byte is written in a path: as itself where RFC 3986 calls it unreserved, or as %XX.
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_ENCODED = [chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in range(256)]
# Proxies on the way may change these: a signature over them would not survive.
UNSIGNED_HEADERS = frozenset(
    {
        "baggage",
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-amzn-trace-id",
    }
)


class Credentials:
    """A key pair, with the session token that must come along; `expires_s`, where they expire, is in Unix time."""

    __slots__ = ("access_key_id", "expires_s", "secret_access_key", "session_token")

    def __init__(
        self, access_key_id: str, secret_access_key: str, session_token: str | None, expires_s: float | None = None
    ) -> None:
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key
        self.session_token = session_token
        self.expires_s = expires_s


class UnsignedRequest:
    """What the signature is about.

    Attributes:
        path: As it goes over the wire, percent-encoded, without a query.
        headers: By their names in lower case; `host` must be among them.
        body_hash: See `body_hash`.
    """

    __slots__ = ("body_hash", "headers", "method", "path")

    def __init__(self, method: str, path: str, headers: "Mapping[str, str]", body_hash: str) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.body_hash = body_hash


class Signer:
    """Signs requests to one service in one region. The key, which changes once a day, is kept."""

    def __init__(self, region: str, service: str = SERVICE) -> None:
        self._region = region
        self._service = service
        self._key_of: tuple[str, str] | None = None
        self._key = b""

    def headers(self, request: UnsignedRequest, credentials: Credentials, time_s: float) -> dict[str, str]:
        """The request's headers with those that sign it; `time_s` is Unix time."""
        moment = strftime("%Y%m%dT%H%M%SZ", gmtime(time_s))
        headers = {**request.headers, "x-amz-date": moment}
        if credentials.session_token:
            headers["x-amz-security-token"] = credentials.session_token
        names = sorted(headers.keys() - UNSIGNED_HEADERS)
        scope = f"{moment[:8]}/{self._region}/{self._service}/aws4_request"
        canonical = _canonical_request(request, headers, names)
        to_sign = f"{ALGORITHM}\n{moment}\n{scope}\n{body_hash(canonical.encode())}"
        key = self._signing_key(credentials.secret_access_key, moment[:8])
        headers["authorization"] = (
            f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, SignedHeaders={';'.join(names)}, "
            f"Signature={hmac_digest(key, to_sign.encode(), 'sha256').hex()}"
        )
        return headers

    def _signing_key(self, secret: str, day: str) -> bytes:
        if self._key_of != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac_digest(key, part.encode(), "sha256")
            self._key = key
            self._key_of = (secret, day)
        return self._key


def body_hash(body: bytes) -> str:
    """The SHA-256 of a request's body, in hexadecimal."""
    return sha256(body).hexdigest()


def percent_encoded(text: str) -> str:
    """`text` without anything that means something in a path: a model's ARN becomes one segment of it."""
    return "".join([_ENCODED[byte] for byte in text.encode()])


def _canonical_request(request: UnsignedRequest, headers: "Mapping[str, str]", names: list[str]) -> str:
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    path = _canonical_path(request.path)
    return f"{request.method}\n{path}\n\n{lines}\n{';'.join(names)}\n{request.body_hash}"


def _canonical_path(path: str) -> str:
    """Every service but S3 removes dot segments and empty ones, and encodes the wire's path once more."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in {"", "."}:
            segments.append(percent_encoded(segment))
    slash = "/" if path.endswith("/") and segments else ""
    return f"/{'/'.join(segments)}{slash}"
