"""Signatures made by botocore, and every way to spoil one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore import credentials as botocore_credentials
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from localaws.sigv4 import Credentials, ReceivedRequest, Scope, SignatureError, canonical_request, verify

KEYS = Credentials("AKIALOCALAWS00000000", "secret", None, "arn", "id")
SESSION = replace(KEYS, session_token="token")  # noqa: S106  nobody's
SCOPE = Scope("us-east-1", "lambda")


def signed(
    keys: Credentials = KEYS, target: str = "/path", body: bytes = b"{}", headers: dict[str, str] | None = None
) -> ReceivedRequest:
    """Return a request that botocore has signed just now."""
    request = AWSRequest("POST", f"http://127.0.0.1:4000{target}", data=body, headers=headers or {})
    pair = botocore_credentials.Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
    SigV4Auth(pair, SCOPE.service, SCOPE.region).add_auth(request)
    received = [(name.lower(), str(value)) for name, value in request.headers.items()]
    return ReceivedRequest("POST", target, [("host", "127.0.0.1:4000"), *received], body)


def check(request: ReceivedRequest, keys: Credentials = KEYS, scope: Scope = SCOPE, seconds: float = 0) -> Credentials:
    """Verify a request some seconds from now."""
    now = datetime.now(UTC) + timedelta(seconds=seconds)
    return verify(request, scope, {keys.access_key_id: keys}.get, now)


@pytest.mark.parametrize(
    "target",
    ["/", "/a/b", "/a%20b/", "/model/a.b-v1%3A0/converse-stream", "/?b=2&a=1&a=0", "/?q=a%20b%2Fc&flag=", "/a/../b//c"],
)
def test_botocore_and_we_agree(target: str) -> None:
    """Paths and queries of all kinds."""
    assert check(signed(target=target)) == KEYS


def test_headers_with_spaces_agree() -> None:
    """Runs of spaces count as one."""
    check(signed(headers={"x-thing": " a   b "}))


def test_a_session_needs_its_token() -> None:
    """The right one."""
    assert check(signed(SESSION), SESSION) == SESSION
    with pytest.raises(SignatureError, match="session token"):
        check(signed(KEYS), SESSION)
    with pytest.raises(SignatureError, match="session token"):
        check(signed(SESSION), KEYS)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_or_early_signature_is_refused(seconds: int) -> None:
    """Five minutes are the limit both ways."""
    with pytest.raises(SignatureError, match="five minutes"):
        check(signed(), seconds=seconds)


def without(name: str) -> Callable[[ReceivedRequest], ReceivedRequest]:
    """Return a change that removes a header."""
    return lambda r: replace(r, headers=[(known, value) for known, value in r.headers if known != name])


def edited(name: str, old: str, new: str) -> Callable[[ReceivedRequest], ReceivedRequest]:
    """Return a change of a header's text."""
    return lambda r: replace(r, headers=[(k, v.replace(old, new) if k == name else v) for k, v in r.headers])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("authorization"), "no Authorization"),
        (edited("authorization", "AWS4-HMAC-SHA256", "Bearer"), "not AWS4-HMAC-SHA256"),
        (edited("authorization", "aws4_request", "aws5"), "not AWS4-HMAC-SHA256"),
        (edited("authorization", "host;", ""), "host header is not signed"),
        (without("x-amz-date"), "missing or malformed"),
        (edited("authorization", "/us-east-1/", "/eu-west-1/"), "signed for eu-west-1"),
        (edited("authorization", "/lambda/", "/s3/"), "not for us-east-1/lambda"),
        (edited("authorization", "AKIALOCALAWS00000000", "AKIAOTHER00000000000"), "unknown access key"),
        (edited("authorization", f"/{datetime.now(UTC):%Y}", "/1999"), "another day"),
        (edited("host", "4000", "4001"), "does not match"),
        (lambda r: replace(r, body=b"{} "), "does not match"),
        (lambda r: replace(r, method="GET"), "does not match"),
        (lambda r: replace(r, target="/path?x=1"), "does not match"),
        (
            lambda r: replace(r, headers=[*r.headers, ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")]),
            "not the hash of the body",
        ),
    ],
)
def test_every_spoiled_part_is_noticed(change: Callable[[ReceivedRequest], ReceivedRequest], words: str) -> None:
    """And the reason says which."""
    with pytest.raises(SignatureError, match=words):
        check(change(signed()))


def test_a_wrong_secret_is_noticed() -> None:
    """The signature does not match."""
    with pytest.raises(SignatureError, match="does not match"):
        check(signed(replace(KEYS, secret_access_key="other")))  # noqa: S106  nobody's


def test_the_documented_canonical_request() -> None:
    """Vector: IAM user guide, "Create a signed AWS API request", GET ListUsers."""
    headers = [
        ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("host", "iam.amazonaws.com"),
        ("x-amz-date", "20150830T123600Z"),
    ]
    request = ReceivedRequest("GET", "/?Action=ListUsers&Version=2010-05-08", headers, b"")
    assert canonical_request(request, [name for name, _ in headers]) == (
        "GET\n/\nAction=ListUsers&Version=2010-05-08\n"
        "content-type:application/x-www-form-urlencoded; charset=utf-8\nhost:iam.amazonaws.com\n"
        "x-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
