"""The checks of a CDN against endpoints on real sockets: what is sent, and what an answer is taken for."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from stream_check.catalogue import CHECKS
from stream_check.cdn import Cdn
from stream_check.finding import Finding, Outcome
from stream_check.session import Session
from stream_check.settings import Ask, Settings
from support.chat_server import ChatServer

BY_ID = {check.id: check for check in CHECKS}
EDGE = {"x-amz-cf-id": "1"}
COUNTRY = b"The Amazon CloudFront distribution is configured to block access from your country."
SIGNATURE = b'{"message":"The request signature we calculated does not match the signature you provided."}'


PAGE = "https://app.example.com"


@pytest.fixture
def behind() -> Iterator[ChatServer]:
    """The Function URL behind."""
    with ChatServer() as server:
        server.status = 403
        yield server


@pytest.fixture
def settings(endpoint: ChatServer, behind: ChatServer) -> Settings:
    return Settings(endpoint.url, cdn=Cdn(function_url=behind.url))


def finding(settings: Settings, name: str) -> Finding:
    return Session(settings).run(BY_ID[name])


def test_every_body_is_sent_with_its_hash(endpoint: ChatServer, settings: Settings) -> None:
    """And nothing else: neither a request without a body, nor one that no CDN signs for."""
    session = Session(settings)
    bodies = (b"{}", b"")
    for body in bodies:
        session.client.send("POST", "chat", body)
    session.client.send("GET", "chat")
    Session(replace(settings, cdn=None)).client.send("POST", "chat", b"{}")
    sent = [headers.get("x-amz-content-sha256") for headers in endpoint.received]
    assert sent == [*(hashlib.sha256(body).hexdigest() for body in bodies), None, None]


def test_a_page_must_be_allowed_to_send_the_hash(endpoint: ChatServer, settings: Settings) -> None:
    """It has to, through a CDN, and has no need to elsewhere."""
    for cdn in (settings.cdn, None):
        finding(replace(settings, cdn=cdn, origin=PAGE), "cors.preflight")
    asked = [headers["access-control-request-headers"] for headers in endpoint.received]
    assert asked == ["content-type,x-amz-content-sha256", "content-type"]


@pytest.mark.parametrize(("status", "outcome"), [(403, Outcome.PASSED), (401, Outcome.PASSED), (200, Outcome.FAILED)])
def test_the_url_behind_must_refuse(
    settings: Settings, behind: ChatServer, endpoint: ChatServer, status: int, outcome: Outcome
) -> None:
    """It is asked as anyone would ask it, and the CDN isn't."""
    behind.status = status
    assert finding(settings, "cdn.direct").outcome is outcome
    assert not behind.received[0].keys() & {"authorization", "x-amz-content-sha256"}
    assert not endpoint.received


def test_what_is_let_through_without_a_hash_is_said(settings: Settings, endpoint: ChatServer) -> None:
    """This endpoint looks at none."""
    found = finding(settings, "cdn.hash")
    assert (found.outcome, "without x-amz-content-sha256 is answered 200" in found.detail) == (Outcome.FAILED, True)
    assert "x-amz-content-sha256" not in endpoint.received[-1]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cdn": None}, "no CDN"),
        ({"ask": Ask("GET", "chat", None)}, "has no body"),
        ({}, "see cdn.direct"),
    ],
)
def test_a_hash_proves_nothing_where_nothing_is_signed(
    settings: Settings, behind: ChatServer, change: dict[str, object], reason: str
) -> None:
    """That is another check's failure, or nobody's."""
    behind.status = 200
    found = finding(replace(settings, **change), "cdn.hash")  # type: ignore[arg-type]  # one field by its name
    assert (found.outcome, reason in found.detail) == (Outcome.NOT_TRIED, True)


@pytest.mark.parametrize(
    ("status", "page", "outcome", "said"),
    [
        (403, (COUNTRY, EDGE), Outcome.PASSED, "403"),
        (407, (b"Who are you?", {}), Outcome.BROKEN, "isn't CloudFront that answers 407 through the proxy: Who"),
        (403, (b"<h1>Request\nblocked</h1>", EDGE), Outcome.BROKEN, "a web ACL's: <h1>Request blocked"),
        (403, (b"Forbidden", EDGE | {"x-amzn-requestid": "1"}), Outcome.FAILED, "is answered 403: Forbidden"),
        (451, (COUNTRY, EDGE), Outcome.FAILED, "is answered 451"),
    ],
)
def test_what_comes_through_a_proxy_is_told_apart(
    settings: Settings, status: int, page: tuple[bytes, dict[str, str]], outcome: Outcome, said: str
) -> None:
    """Only CloudFront's own word on the country counts."""
    assert settings.cdn is not None
    with ChatServer() as proxy:
        proxy.status, proxy.page = status, page
        # As a proxy it is sent whole URLs, of which it takes this one for its own.
        proxy.path = f"{settings.url}chat"
        found = finding(replace(settings, cdn=replace(settings.cdn, blocked_via=proxy.url)), "cdn.blocked")
    assert (found.outcome, said in found.detail) == (outcome, True), found.detail


def test_without_a_way_to_another_country_nothing_is_claimed(settings: Settings, endpoint: ChatServer) -> None:
    """The check says what it needs, and asks nothing."""
    found = finding(settings, "cdn.blocked")
    assert (found.outcome, "--blocked-via" in found.detail) == (Outcome.NOT_TRIED, True)
    assert not endpoint.received


@pytest.mark.parametrize("name", ["cdn.grants", "cdn.countries"])
def test_without_a_distribution_its_configuration_is_not_read(settings: Settings, name: str) -> None:
    """The check says how to name it."""
    found = finding(settings, name)
    assert (found.outcome, "--distribution" in found.detail) == (Outcome.NOT_TRIED, True)


@pytest.mark.parametrize(
    ("page", "hint"),
    [(COUNTRY, "in a country that the distribution shuts out"), (SIGNATURE, "signs for the hash in x-amz-content")],
)
def test_a_refusal_at_the_edge_is_explained(settings: Settings, endpoint: ChatServer, page: bytes, hint: str) -> None:
    """As what it is, and not as missing credentials."""
    endpoint.status, endpoint.page = 403, (page, EDGE)
    found = finding(settings, "stream.answered")
    assert (found.outcome, hint in found.hints[0]) == (Outcome.FAILED, True)
    endpoint.page = (page, {})
    assert hint not in "".join(finding(settings, "stream.answered").hints)


@pytest.mark.parametrize(
    "headers", [{"x-cache": "Hit from cloudfront"}, {"x-cache": "RefreshHit from cloudfront"}, {"age": "3"}]
)
def test_an_old_answer_is_noticed(settings: Settings, endpoint: ChatServer, headers: dict[str, str]) -> None:
    """By what CloudFront says of it; errors have their age only."""
    assert finding(settings, "cdn.cache").outcome is Outcome.PASSED
    endpoint.headers_of_get = headers
    found = finding(settings, "cdn.cache")
    assert (found.outcome, "GET /health is an old one" in found.detail) == (Outcome.FAILED, True)
