"""Signatures: the same as botocore's, whatever is signed."""

import hmac
import sys
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from unittest.mock import patch

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import example, given
from hypothesis import strategies as st

from bedrock_chat.native import sigv4
from bedrock_chat.native.sigv4 import Credentials, Signer, UnsignedRequest, body_hash, percent_encoded

PROFILE_ARN = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2/c3:4"
MODEL_IDS = st.one_of(
    st.sampled_from([PROFILE_ARN, "eu.amazon.nova-lite-v1:0", "..", ".", "a/../b", "a b+c", "%41", "größe"]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
PATHS = st.one_of(
    MODEL_IDS.map(lambda model_id: f"/model/{percent_encoded(model_id)}/converse-stream"),
    st.text("abc/.%2F~+:@ -é", max_size=30).map(lambda path: "/" + path),
)
HEADER_VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "accept", "x-amz-user-agent", "content-length", *sigv4.UNSIGNED_HEADERS])
    | st.from_regex(r"x-[a-z0-9-]{1,20}", fullmatch=True).filter(
        lambda name: name not in {"x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}
    ),
    HEADER_VALUES,
)
KEYS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60)
TIMES = st.integers(0, 4_102_444_800)


def botocore_authorization(
    url: str, headers: dict[str, str], body: bytes, signing: tuple[Credentials, str, int]
) -> dict[str, str]:
    """The headers that botocore sends for the same request."""
    credentials, region, time_s = signing
    request = AWSRequest("POST", url, headers=headers, data=body)
    key_pair = credentials.access_key_id, credentials.secret_access_key, credentials.session_token
    signer = botocore.auth.SigV4Auth(BotocoreCredentials(*key_pair), "bedrock", region)
    with patch.object(botocore.auth, "get_current_datetime", lambda: datetime.fromtimestamp(time_s, UTC)):
        signer.add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@given(PATHS, HEADERS, st.binary(max_size=200), KEYS, st.none() | KEYS, TIMES)
@example("/model/../a//./b/", {}, b"", "secret", None, 0)
@example("/../..", {}, b"", "secret", None, 0)
def test_a_request_is_signed_as_botocore_signs_it(  # noqa: PLR0913, PLR0917 - a request has that many sides
    path: str, headers: dict[str, str], body: bytes, secret: str, token: str | None, time_s: int
) -> None:
    """Paths with encoded slashes and dot segments, odd header values, any body, with and without a session."""
    credentials = Credentials("AKIDEXAMPLE", secret, token)
    host = "bedrock-runtime.eu-central-1.amazonaws.com"
    request = UnsignedRequest("POST", path, {**headers, "host": host}, body_hash(body))
    expected = botocore_authorization(f"https://{host}{path}", headers, body, (credentials, "eu-central-1", time_s))
    signed = Signer("eu-central-1").headers(request, credentials, time_s)
    assert signed == {**expected, "host": host}


@given(st.lists(st.tuples(st.sampled_from(["one", "two"]), st.sampled_from([0, 1, 86_400, 86_401])), max_size=8))
def test_one_signer_serves_many_requests(calls: list[tuple[str, int]]) -> None:
    """Its kept key is never yesterday's, nor another secret's."""
    request = UnsignedRequest("POST", "/", {"host": "h"}, body_hash(b""))
    signer = Signer("us-east-1")
    for secret, time_s in calls:
        credentials = Credentials("a", secret, None)
        expected = Signer("us-east-1").headers(request, credentials, time_s)
        assert signer.headers(request, credentials, time_s) == expected


def test_an_arn_is_one_segment_of_the_path() -> None:
    """Its slash and colons are encoded, as botocore's serializer does it."""
    assert percent_encoded("arn:aws:x/y z.ü~-_") == "arn%3Aaws%3Ax%2Fy%20z.%C3%BC~-_"


def test_without_openssl_the_signature_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python may be built without it."""
    monkeypatch.setitem(sys.modules, "_hashlib", None)
    specification = spec_from_file_location("plain_sigv4", sigv4.__file__)
    assert specification is not None
    assert specification.loader is not None
    plain = module_from_spec(specification)
    specification.loader.exec_module(plain)
    request = UnsignedRequest("POST", "/a", {"host": "h"}, body_hash(b"body"))
    credentials = Credentials("a", "b", "c")
    assert plain.hmac_digest is hmac.digest
    assert plain.Signer("r").headers(request, credentials, 1.5) == Signer("r").headers(request, credentials, 1.5)
