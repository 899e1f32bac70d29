"""`roots/cdn`: CloudFront in front of a handler: who gets through, what arrives there, and how it comes back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from localaws.errors import BreakageError
from localaws.server import LocalAws
from support.arrivals import Received, receive
from support.terraform import Root

FOLDER = Path(__file__).parent / "roots" / "cdn"
TIMEOUT_S = 30
BODY = b'{"message": "Hello"}'
SHA256 = hashlib.sha256(BODY).hexdigest()
CORS = {"Origin": "https://app.example.com"}


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root]) -> Root:
    return make_root(FOLDER)


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture(scope="module")
def url(outputs: dict[str, Any], aws: LocalAws) -> str:
    """The distribution as it is on this machine."""
    assert outputs["cdn_url"].endswith(".cloudfront.net/")
    return aws.localised(outputs["cdn_url"])


def event_of(url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The event of the handler for a GET."""
    response = requests.get(f"{url}event", headers=headers, timeout=TIMEOUT_S)
    assert response.status_code == 200, response.text
    event: dict[str, Any] = response.json()
    return event


def post(url: str, path: str = "event", **headers: str) -> Received:
    return receive("POST", f"{url}{path}", data=BODY, headers={"Content-Type": "application/json", **headers})


def test_tokens_stream_one_by_one(url: str) -> None:
    """As they come, uncompressed, although the client would take it compressed. A busy machine may join a few."""
    answer = receive("GET", f"{url}tokens", headers={"Accept-Encoding": "gzip"})
    assert answer.body == b"".join(f"data: {number}\n\n".encode() for number in range(10))
    assert len(answer.chunks) >= 5
    assert answer.whole
    assert answer.all_of("content-encoding") == []
    assert answer.all_of("content-type") == ["text/event-stream"]


def test_answers_carry_cloudfronts_headers(url: str) -> None:
    """And those of the security headers policy."""
    headers = requests.get(f"{url}event", timeout=TIMEOUT_S).headers
    assert headers["x-cache"] == "Miss from cloudfront"
    assert headers["via"].endswith(".cloudfront.net (CloudFront)")
    assert len(headers["x-amz-cf-id"]) > 40
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_handler_sees_who_signed(url: str, outputs: dict[str, Any]) -> None:
    """CloudFront's role, for this distribution, and through the alias; the viewer's headers but for Host."""
    event = event_of(url, {"X-Own": "1", "Cookie": "a=1"})
    caller, headers = event["requestContext"]["authorizer"]["iam"], event["headers"]
    assert caller["userArn"].split(":")[5].startswith("assumed-role/OriginAccessControlRole/")
    assert headers["x-amz-source-arn"].endswith(f":distribution/{outputs['cdn_distribution_id']}")
    assert headers["host"] == outputs["function_url"].split("/")[2]
    assert (headers["x-own"], event["cookies"]) == ("1", ["a=1"])
    assert "authorization" not in headers


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        pytest.param({"Authorization": "Bearer token"}, "Bearer token", id="its own"),
        pytest.param({"Authorization": "Bearer token", "X-Viewer-Authorization": "forged"}, "Bearer token", id="both"),
        pytest.param({"X-Viewer-Authorization": "forged"}, None, id="forged"),
        pytest.param({}, None, id="none"),
    ],
)
def test_the_viewers_authorization_arrives(url: str, sent: Mapping[str, str], arrives: str | None) -> None:
    """Under another name, which a viewer can't set: it is the deployed CloudFront Function that runs."""
    assert event_of(url, sent)["headers"].get("x-viewer-authorization") == arrives


def test_only_one_country_is_let_in(url: str) -> None:
    """Others get CloudFront's own page; the country is nothing that the handler sees."""
    refused = requests.get(f"{url}event", headers={"x-test-country": "US"}, timeout=TIMEOUT_S)
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "text/html"
    assert refused.headers["x-cache"] == "Error from cloudfront"
    assert "block access from your country" in refused.text
    assert "x-test-country" not in event_of(url, {"x-test-country": "CZ"})["headers"]


def test_a_body_needs_its_hash(url: str) -> None:
    """Without it, or with another's, Lambda finds the signature wrong."""
    answer = post(url, **{"x-amz-content-sha256": SHA256})
    assert (answer.status, b'"body": "{\\"message\\": \\"Hello\\"}"' in answer.body) == (200, True)
    for headers in ({}, {"x-amz-content-sha256": hashlib.sha256(b"another").hexdigest()}):
        refused = post(url, **headers)
        assert refused.status == 403
        assert refused.all_of("x-amzn-errortype") == ["InvalidSignatureException"]
        assert b"signature we calculated does not match" in refused.body


def test_nothing_of_cloudfronts_signature_can_be_forged(url: str) -> None:
    """A viewer's headers of those names are replaced."""
    forged = {"x-amz-source-arn": "arn:aws:cloudfront::123456789012:distribution/OTHER", "x-amz-security-token": "x"}
    assert "OTHER" not in event_of(url, forged)["headers"]["x-amz-source-arn"]


def test_the_direct_url_stays_closed(outputs: dict[str, Any]) -> None:
    """To anyone without credentials."""
    refused = requests.get(f"{outputs['function_url']}event", timeout=TIMEOUT_S)
    assert (refused.status_code, refused.json()) == (403, {"Message": "Forbidden"})


def test_preflights_pass(url: str) -> None:
    """The function URL answers them; a page may send the hash and the token."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-amz-content-sha256"}
    answer = requests.options(f"{url}event", headers=CORS | asked, timeout=TIMEOUT_S)
    assert answer.headers["Access-Control-Allow-Origin"] == CORS["Origin"]
    allowed = answer.headers["Access-Control-Allow-Headers"]
    assert {"x-amz-content-sha256", "authorization"} <= set(allowed.split(","))


def test_a_silence_cuts_the_stream(url: str) -> None:
    """After the first byte: what came before is there, and the body has no end."""
    answer = receive("GET", f"{url}text")
    assert (answer.status, answer.body, answer.whole) == (200, b"before\n", False)


def test_heartbeats_keep_a_silent_stream_open(url: str) -> None:
    """For longer than the limit."""
    answer = receive("GET", f"{url}sse")
    assert answer.whole
    assert answer.body.startswith(b"data: before\n\n: keep-alive\n\n: keep-alive\n\n")
    assert answer.body.endswith(b"data: after\n\n")


def test_a_silence_before_the_first_byte_is_a_504(url: str) -> None:
    """A page of CloudFront's; a POST is not tried again."""
    answer = post(url, "late", **{"x-amz-content-sha256": SHA256})
    assert answer.status == 504
    assert b"<H1>504 ERROR</H1>" in answer.body


def test_both_grants_are_needed(outputs: dict[str, Any], url: str, api: Callable[[str], Any]) -> None:
    """Neither is enough alone, and they are on the alias, which the URL is for."""
    lambda_ = api("lambda")
    grants = {"CloudFrontFunctionUrl": "lambda:InvokeFunctionUrl", "CloudFrontInvoke": "lambda:InvokeFunction"}
    source = f"arn:aws:cloudfront::123456789012:distribution/{outputs['cdn_distribution_id']}"
    for statement, action in grants.items():
        named = {"FunctionName": outputs["function_name"], "Qualifier": "live", "StatementId": statement}
        lambda_.remove_permission(**named)
        refused = requests.get(f"{url}event", timeout=TIMEOUT_S)
        assert (refused.status_code, refused.json()) == (403, {"Message": "Forbidden"})
        lambda_.add_permission(**named, Action=action, Principal="cloudfront.amazonaws.com", SourceArn=source)
        assert event_of(url)


def test_another_body_can_be_let_through(aws: LocalAws, url: str) -> None:
    """Whatever hash it came with, or none."""
    other = {"x-amz-content-sha256": hashlib.sha256(b"another").hexdigest()}
    with aws.broken("unchecked-bodies"):
        assert [post(url, **headers).status for headers in ({}, other)] == [200, 200]
    assert post(url, **other).status == 403


def test_every_country_can_be_let_in(
    aws: LocalAws, url: str, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """Whatever the list says, or because there is none; the list is back afterwards."""

    def status() -> int:
        return requests.get(f"{url}event", headers={"x-test-country": "US"}, timeout=TIMEOUT_S).status_code

    def kind() -> str:
        config = api("cloudfront").get_distribution_config(Id=outputs["cdn_distribution_id"])["DistributionConfig"]
        return str(config["Restrictions"]["GeoRestriction"]["RestrictionType"])

    for name, shown in (("every-country", "whitelist"), ("no-countries", "none")):
        with aws.broken(name):
            assert (status(), kind()) == (200, shown)
        assert (status(), kind()) == (403, "whitelist")


def test_the_direct_url_can_be_opened(
    aws: LocalAws, url: str, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """To anyone, with both grants on the alias; the CDN goes on, and nothing of it is left."""

    def policy() -> list[dict[str, Any]]:
        found = api("lambda").get_policy(FunctionName=outputs["function_name"])["Policy"]
        statements: list[dict[str, Any]] = json.loads(found)["Statement"]
        return sorted(statements, key=lambda statement: str(statement["Sid"]))

    before, direct = policy(), f"{outputs['function_url']}event"
    with aws.broken("open-origin"):
        assert requests.get(direct, timeout=TIMEOUT_S).status_code == 200
        assert event_of(url)
        assert {each["Resource"].rpartition(":")[2] for each in policy()} == {"live"}
    assert requests.get(direct, timeout=TIMEOUT_S).status_code == 403
    assert policy() == before
    assert event_of(url)


def test_cloudfront_can_lose_a_grant(aws: LocalAws, url: str) -> None:
    """Then it is refused as anyone else is."""
    with aws.broken("missing-cdn-grant"):
        assert requests.get(f"{url}event", timeout=TIMEOUT_S).json() == {"Message": "Forbidden"}
    assert event_of(url)


def test_cloudfront_can_lose_its_patience(aws: LocalAws, url: str) -> None:
    """Before the first byte, here; what comes sooner arrives."""
    with aws.broken("impatient-cdn"):
        assert requests.get(f"{url}late", timeout=TIMEOUT_S).status_code == 504
        assert receive("GET", f"{url}tokens").whole


def test_answers_can_be_kept(aws: LocalAws, url: str) -> None:
    """The second viewer gets the first one's."""
    with aws.broken("caching"):
        first, second = event_of(url, {"X-Own": "1"}), event_of(url, {"X-Own": "2"})
    assert (first, first["headers"]["x-own"]) == (second, "1")
    assert event_of(url, {"X-Own": "2"})["headers"]["x-own"] == "2"


@pytest.mark.parametrize("name", ["open-origin", "missing-cdn-grant", "no-countries"])
@pytest.mark.usefixtures("url")
def test_what_is_broken_can_not_be_broken_again(aws: LocalAws, name: str) -> None:
    """Nothing is left to change."""
    with aws.broken(name), pytest.raises(BreakageError, match=f"{name}: nothing is deployed that it could break"):
        aws.broken(name).__enter__()


def test_nothing_is_left_to_do(root: Root, outputs: dict[str, Any]) -> None:
    """A second plan is empty."""
    assert outputs
    assert root.plan_is_empty()


@pytest.mark.soak
def test_destroy_leaves_nothing(root: Root, url: str, api: Callable[[str], Any]) -> None:
    """No distribution, function, access control or port; the provider waits for half a minute before it deletes one."""
    root.destroy()
    cloudfront = api("cloudfront")
    assert cloudfront.list_distributions()["DistributionList"]["Quantity"] == 0
    assert cloudfront.list_functions()["FunctionList"]["Quantity"] == 0
    assert cloudfront.list_origin_access_controls()["OriginAccessControlList"]["Quantity"] == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}event", timeout=TIMEOUT_S)
