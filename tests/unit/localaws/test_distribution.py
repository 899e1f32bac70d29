"""What a distribution does to a request without I/O: countries, headers, signatures, names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.breakage.access import LenientVerifier
from localaws.breakage.active import ActiveBreakages
from localaws.breakage.catalogue import parse_breakage
from localaws.cdn.cache import EdgeCache, Kept
from localaws.cdn.distribution import Behaviour, Countries, Distribution, Origin, Restriction
from localaws.cdn.headers import SECURITY_HEADERS_POLICY, Edge, Viewer, origin_headers, signed_headers, viewer_headers
from localaws.cdn.pages import Fault, Refusal
from localaws.cdn.signing import EDGE, EMPTY_HASH, HASH_HEADER, UNSIGNED, distribution_of, payload_hash, signature
from localaws.cdn.url import localised
from localaws.sigv4 import Credentials, ReceivedRequest, Scope, SignatureError, verify

ARN = "arn:aws:cloudfront::123456789012:distribution/E1"
VISITOR = Viewer("192.0.2.7", "1.1")
SERVER = Edge("e1.cloudfront.net", "id-1")
CZ = frozenset({"CZ", "SK"})


@pytest.mark.parametrize(
    ("restriction", "country", "let_in"),
    [
        (Restriction.ALLOWED, "CZ", True),
        (Restriction.ALLOWED, "cz", True),
        (Restriction.ALLOWED, "US", False),
        (Restriction.ALLOWED, "", False),
        (Restriction.ALLOWED, None, True),
        (Restriction.DENIED, "CZ", False),
        (Restriction.DENIED, "US", True),
        (Restriction.DENIED, None, True),
        (Restriction.NONE, "US", True),
    ],
)
def test_countries(restriction: Restriction, country: str | None, let_in: bool) -> None:
    """A viewer who doesn't say is where the list wants it."""
    assert Countries(restriction, CZ).let_in(country) is let_in


@pytest.mark.parametrize(
    ("policies", "unknown"),
    [
        ({}, None),
        ({"cache_policy_id": "658327ea"}, "'658327ea'"),
        ({"origin_request_policy_id": ""}, "''"),
    ],
)
def test_policies_that_the_front_cannot_obey(policies: Mapping[str, str], unknown: str | None) -> None:
    """They are named."""
    behaviour = Behaviour(frozenset({"GET"}), **policies)
    distribution = Distribution("E1", ARN, ("d1.cloudfront.net",), Countries(), Origin("127.0.0.1:1"), behaviour)
    assert distribution.unknown_policy == unknown


def test_what_the_origin_gets() -> None:
    """The viewer's headers but Host, what is for one connection only, and the country; CloudFront's own are added."""
    given_headers = [
        ("Host", "d1.cloudfront.net"),
        ("Connection", "close"),
        ("Transfer-Encoding", "chunked"),
        ("X-Test-Country", "CZ"),
        ("X-Amz-Cf-Id", "forged"),
        ("Via", "1.0 proxy"),
        ("X-Forwarded-For", "198.51.100.1"),
        ("Accept", "*/*"),
        ("accept", "text/html"),
        ("Authorization", "Bearer token"),
    ]
    assert origin_headers(given_headers, VISITOR, SERVER) == [
        ("Accept", "*/*"),
        ("accept", "text/html"),
        ("Authorization", "Bearer token"),
        ("Via", "1.0 proxy, 1.1 e1.cloudfront.net (CloudFront)"),
        ("X-Forwarded-For", "198.51.100.1, 192.0.2.7"),
        ("X-Amz-Cf-Id", "id-1"),
    ]


def test_a_signature_takes_the_place_of_the_viewers() -> None:
    """Under every name that a signature has, in whatever case."""
    viewers = [("AUTHORIZATION", "a"), ("X-Amz-Date", "b"), ("X-Amz-Content-Sha256", "c"), ("x-own", "d")]
    signed = signed_headers(viewers, [(HASH_HEADER, "hash"), ("Authorization", "AWS4")])
    assert signed == [("x-own", "d"), (HASH_HEADER, "hash"), ("Authorization", "AWS4")]


def test_what_the_viewer_gets() -> None:
    """The policy's headers where the origin has none, but `nosniff` in any case; and what CloudFront says itself."""
    answer = [
        ("Connection", "keep-alive"),
        ("x-frame-options", "DENY"),
        ("X-Content-Type-Options", "other"),
        ("A", "b"),
    ]
    headers = viewer_headers(200, answer, SECURITY_HEADERS_POLICY, SERVER)
    assert headers == [
        ("x-frame-options", "DENY"),
        ("A", "b"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Strict-Transport-Security", "max-age=31536000"),
        ("X-XSS-Protection", "1; mode=block"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Cache", "Miss from cloudfront"),
        ("Via", "1.1 e1.cloudfront.net (CloudFront)"),
        ("X-Amz-Cf-Pop", "LOCAL50-P1"),
        ("X-Amz-Cf-Id", "id-1"),
    ]
    old = viewer_headers(200, [], None, SERVER, age_s=7)
    assert old[:2] == [("Age", "7"), ("X-Cache", "Hit from cloudfront")]
    without = viewer_headers(400, answer, None, SERVER)
    assert without[:4] == [*answer[1:], ("X-Cache", "Error from cloudfront")]


@pytest.mark.parametrize(
    ("method", "declared", "signed"),
    [
        ("POST", "hash", "hash"),
        ("GET", "hash", "hash"),
        ("POST", None, UNSIGNED),
        ("PUT", None, UNSIGNED),
        ("POST", "", UNSIGNED),
        ("GET", None, EMPTY_HASH),
        ("DELETE", None, EMPTY_HASH),
    ],
)
def test_which_payload_is_signed(method: str, declared: str | None, signed: str) -> None:
    """CloudFront reads no body."""
    assert payload_hash(method, declared) == signed


def edge_credentials(access_key_id: str) -> Credentials | None:
    return EDGE if access_key_id == EDGE.access_key_id else None


def received(method: str, target: str, digest: str) -> ReceivedRequest:
    headers = [
        ("host", "127.0.0.1:8080"),
        *signature(method, f"http://127.0.0.1:8080{target}", digest, ARN, "eu-west-1"),
    ]
    return ReceivedRequest(method, target, [(name.lower(), value) for name, value in headers], b"")


# What a client may write into a target without encoding it, and what it may not.
SEGMENTS = st.text(alphabet="ab~-._/%20+=!$'(),;:@", max_size=12).filter(lambda text: "%" not in text)


@given(SEGMENTS, st.text(alphabet="abz=&+-~%20:/?,", max_size=20))
def test_signatures_hold(path: str, query: str) -> None:
    """Whatever the path and the query: they were made by one implementation and are verified by another."""
    request = received("GET", f"/{path}?{query}", EMPTY_HASH)
    found = verify(request, Scope("eu-west-1", "lambda"), edge_credentials, datetime.now(UTC))
    assert distribution_of(found, request) == ARN


def test_what_is_not_the_payload_is_refused() -> None:
    """As on AWS: an unsigned payload too."""
    for digest in (UNSIGNED, "0" * 64):
        with pytest.raises(SignatureError, match="not the hash of the body"):
            verify(received("POST", "/", digest), Scope("eu-west-1", "lambda"), edge_credentials, datetime.now(UTC))


def test_cloudfront_is_itself_where_all_others_are_one_caller() -> None:
    """Else its viewers would be the owner of the account."""
    owner = Credentials("AKIA", "secret", None, "arn:aws:iam::123456789012:user/a", "id")
    breakages = ActiveBreakages()
    with breakages.during(parse_breakage("one-caller")):
        found = LenientVerifier(breakages)(
            received("GET", "/", EMPTY_HASH),
            Scope("eu-west-1", "lambda"),
            lambda key: edge_credentials(key) or owner,
            datetime.now(UTC),
        )
    assert found == EDGE


def test_the_distribution_is_part_of_what_is_signed() -> None:
    """Another one's name makes the signature wrong, and another caller's name for one says nothing."""
    request = received("GET", "/", EMPTY_HASH)
    changed = [(name, f"{value}X" if name == "x-amz-source-arn" else value) for name, value in request.headers]
    with pytest.raises(SignatureError, match="does not match"):
        verify(
            ReceivedRequest("GET", "/", changed, b""),
            Scope("eu-west-1", "lambda"),
            edge_credentials,
            datetime.now(UTC),
        )
    someone = Credentials("AKIA", "secret", None, "arn:aws:iam::123456789012:user/a", "id")
    assert distribution_of(someone, request) is None


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("https://d1.cloudfront.net/chat?a=1", "http://127.0.0.1:7/chat?a=1"),
        ("https://chat.example.com", "http://127.0.0.1:7"),
        ('{"url": "https://d1.cloudfront.net/"}', '{"url": "http://127.0.0.1:7/"}'),
        ("https://d2.cloudfront.net/", "https://d2.cloudfront.net/"),
        ("https://www.chat.example.com/", "https://www.chat.example.com/"),
        ("https://d1.cloudfront.net.evil.example/", "https://d1.cloudfront.net.evil.example/"),
        ("https://d1.cloudfront.net:8443/", "https://d1.cloudfront.net:8443/"),
        ("d1.cloudfront.net", "d1.cloudfront.net"),
    ],
)
def test_names_lead_to_this_machine(text: str, local: str) -> None:
    """Those of known distributions, whole, and with their scheme."""
    assert localised(text, {"d1.cloudfront.net": 7, "chat.example.com": 7}) == local


@pytest.mark.parametrize(
    ("control", "last_s"),
    [
        (None, 86_400),
        ("max-age=60", 60),
        ("public, s-maxage=30, max-age=60", 30),
        ("max-age=0", 1),
        ("no-store", 1),
        ("private, max-age=60", 1),
        ("max-age=99999999", 31_536_000),
    ],
)
def test_for_how_long_an_answer_is_kept(control: str | None, last_s: float) -> None:
    """As the answer says, between the policy's bounds: even what must not be kept is, for a second."""
    cache, headers = EdgeCache(), [("Cache-Control", control)] if control else []
    kept = Kept(headers, b"body", 10.0)
    cache.keep("GET", "/a?b", kept)
    assert cache.find("GET", "/a?c", 10.0 + last_s - 0.5) is kept
    assert cache.find("GET", "/a", 10.0 + last_s) is None


def test_only_a_get_of_the_same_path_is_answered_again() -> None:
    """Nothing else is kept."""
    cache, kept = EdgeCache(), Kept([], b"body", 0.0)
    cache.keep("POST", "/posted", kept)
    cache.keep("GET", "/got", kept)
    assert cache.find("GET", "/posted", 0.0) is None
    assert cache.find("POST", "/got", 0.0) is None
    assert cache.find("GET", "/got/other", 0.0) is None


def test_pages_escape_what_they_say() -> None:
    """A reason may come from anywhere."""
    refusal = Refusal(Fault.FUNCTION_FAILED, "<script>")
    assert refusal.status == 503
    assert b"failed: &lt;script&gt;\n" in refusal.page("id-1")
    assert b"Request ID: id-1\n" in refusal.page("id-1")
