"""A distribution's front on real sockets: distributions made over CloudFront's API, before origins of the tests."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from localaws import LocalAws
from localaws.cdn.distribution import CACHING_OPTIMIZED
from support.arrivals import receive
from support.clients import aws_client
from support.waiting import eventually

SECONDS = 10
METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]


class Origin(ThreadingHTTPServer):
    """Answers by path, and keeps what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def handle_error(self, *_: object) -> None:
        """Nothing: CloudFront hangs up on an origin that is late."""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def count(self, path: str) -> int:
        return sum(1 for _, asked, _ in self.asked if asked == path)


class Answering(BaseHTTPRequestHandler):
    server: Origin
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
        if self.path.startswith("/late"):
            time.sleep(1.5)
        if self.path == "/silent":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"4\r\nhere\r\n")
            time.sleep(1.5)
            return
        if self.path == "/gone":
            self.close_connection = True
            return
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Content-Length", "100" if self.path == "/cut" else str(4 + len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"here" + body)
        self.close_connection = self.path == "/cut"

    do_POST = do_HEAD = do_DELETE = do_GET  # noqa: N815  as the server calls them

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Cloud:
    """A local AWS and its CloudFront."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.cloudfront = aws_client(aws.environment(), "cloudfront")
        self._names = map("name-{}".format, itertools.count())

    def config(
        self, address: str, *, code: str | None = None, signing: str | None = None, **changes: Any
    ) -> dict[str, Any]:
        """A distribution's configuration; `changes` are those of its default behaviour and of its own."""
        origin: dict[str, Any] = {
            "Id": "origin",
            "DomainName": address,
            "CustomOriginConfig": {
                "HTTPPort": 80,
                "HTTPSPort": 443,
                "OriginProtocolPolicy": "https-only",
                "OriginReadTimeout": 1,
            },
        }
        if signing:
            origin["OriginAccessControlId"] = self.access_control(signing)
        behaviour = {
            "TargetOriginId": "origin",
            "ViewerProtocolPolicy": "redirect-to-https",
            "AllowedMethods": {"Quantity": len(METHODS), "Items": METHODS},
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            "OriginRequestPolicyId": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
        }
        if code:
            associated = {"EventType": "viewer-request", "FunctionARN": self.function(code)}
            behaviour["FunctionAssociations"] = {"Quantity": 1, "Items": [associated]}
        return {
            "CallerReference": next(self._names),
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behaviour
            | {name: changes.pop(name) for name in list(changes) if name in behaviour},
            **changes,
        }

    def access_control(self, signing: str) -> str:
        config = {
            "Name": next(self._names),
            "SigningProtocol": "sigv4",
            "SigningBehavior": signing,
            "OriginAccessControlOriginType": "lambda",
        }
        made = self.cloudfront.create_origin_access_control(OriginAccessControlConfig=config)
        return str(made["OriginAccessControl"]["Id"])

    def function(self, code: str) -> str:
        """The ARN of a published function."""
        name = next(self._names)
        config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
        made = self.cloudfront.create_function(Name=name, FunctionConfig=config, FunctionCode=code.encode())
        self.cloudfront.publish_function(Name=name, IfMatch=made["ETag"])
        return str(made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"])

    def create(self, config: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = self.cloudfront.create_distribution(DistributionConfig=config)
        distribution: dict[str, Any] = made["Distribution"]
        return distribution | {"ETag": made["ETag"]}

    def url(self, distribution: dict[str, Any]) -> str:
        return self.aws.localised(f"https://{distribution['DomainName']}")

    def deploy(self, address: str, **changes: Any) -> str:
        """The URL of a new distribution on this machine."""
        return self.url(self.create(self.config(address, **changes)))


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with LocalAws() as aws:
        yield Cloud(aws)


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    with Origin() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def get(url: str, **options: Any) -> requests.Response:
    return requests.get(url, timeout=SECONDS, **options)


def headers_of(origin: Origin, path: str) -> dict[str, str]:
    """What arrived with the only request to a path."""
    (headers,) = [headers for _, asked, headers in origin.asked if asked == path]
    return headers


@pytest.mark.parametrize(
    ("signing", "viewers", "signed"),
    [
        ("always", "Bearer token", True),
        ("no-override", None, True),
        ("no-override", "Bearer token", False),
        ("never", None, False),
        (None, "Bearer token", False),
    ],
)
def test_when_requests_are_signed(
    cloud: Cloud, origin: Origin, signing: str | None, viewers: str | None, signed: bool
) -> None:
    """As the origin access control says; without one, never."""
    path = f"/signed-{signing}-{viewers}".replace(" ", "")
    headers = {"Authorization": viewers} if viewers else {}
    assert get(cloud.deploy(origin.address, signing=signing) + path, headers=headers).text == "here"
    arrived = headers_of(origin, path)
    assert arrived.get("authorization", "").startswith("AWS4-HMAC-SHA256") is signed
    assert signed or arrived.get("authorization") == viewers


def test_a_body_passes(cloud: Cloud, origin: Origin) -> None:
    """With a length and in chunks; HEAD has none, and an error of the origin's is passed on."""
    url = cloud.deploy(origin.address)
    assert requests.post(f"{url}/a", data=b" and there", timeout=SECONDS).text == "here and there"
    assert requests.delete(f"{url}/a", timeout=SECONDS).text == "here"
    head = requests.head(f"{url}/a", timeout=SECONDS)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, "4", b"")
    missing = get(f"{url}/none")
    assert (missing.status_code, missing.headers["x-cache"]) == (404, "Error from cloudfront")


def test_a_path_before_every_path(cloud: Cloud, origin: Origin) -> None:
    """The origin's own; and the query as it was sent."""
    config = cloud.config(origin.address)
    config["Origins"]["Items"][0]["OriginPath"] = "/before"
    assert get(f"{cloud.url(cloud.create(config))}/path?q=%20+&q").text == "here"
    assert origin.count("/before/path?q=%20+&q") == 1


def test_what_may_be_tried_again_is(cloud: Cloud, origin: Origin) -> None:
    """A GET as often as connections are attempted, a POST never: it may have had its effect."""
    config = cloud.config(origin.address)
    config["Origins"]["Items"][0]["ConnectionAttempts"] = 2
    url = cloud.url(cloud.create(config))
    assert get(f"{url}/late-get").status_code == 504
    assert requests.post(f"{url}/late-post", timeout=SECONDS).status_code == 504
    assert (origin.count("/late-get"), origin.count("/late-post")) == (2, 1)


def test_an_origin_that_is_not_there(cloud: Cloud, origin: Origin) -> None:
    """Neither at all, nor after the request: a page of CloudFront's."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    for url in (cloud.deploy(address), f"{cloud.deploy(origin.address)}/gone"):
        answer = get(url)
        assert answer.status_code == 502
        assert "<H1>502 ERROR</H1>" in answer.text


@pytest.mark.parametrize("path", ["/cut", "/silent"])
def test_an_answer_that_ends_early_has_no_proper_end(cloud: Cloud, origin: Origin, path: str) -> None:
    """Whether the origin hangs up or is silent for too long: the viewer has what there was."""
    answer = receive("GET", f"{cloud.deploy(origin.address)}{path}")
    assert (answer.status, answer.body, answer.whole) == (200, b"here", False)


def test_a_viewer_that_hangs_up_disturbs_nobody(cloud: Cloud, origin: Origin) -> None:
    """The next one is served."""
    url = cloud.deploy(origin.address)
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET /late-gone HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: origin.count("/late-gone") > 0)
    assert get(f"{url}/after").text == "here"


def test_what_goes_no_further_than_the_edge(cloud: Cloud, origin: Origin) -> None:
    """A method that isn't allowed, a distribution that is off, and policies that only AWS has."""
    few = {"Quantity": 2, "Items": ["GET", "HEAD"]}
    for changes, method, status in (
        ({"AllowedMethods": few}, "POST", 403),
        ({"Enabled": False}, "GET", 403),
        ({"CachePolicyId": "b2884449-e4de-46a7-ac36-70bc7f1ddd6d"}, "GET", 501),
    ):
        url = cloud.deploy(origin.address, **changes)
        assert requests.request(method, f"{url}/edge", timeout=SECONDS).status_code == status
    assert origin.count("/edge") == 0


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("function handler() { return { statusCode: 202, body: 'own' }; }", 202, "own"),
        ("function handler() { throw new Error('broken'); }", 503, "broken"),
        ("function handler() { return 1; }", 502, "invalid value"),
    ],
    ids=["answers", "throws", "wrong"],
)
def test_a_function_instead_of_the_origin(cloud: Cloud, origin: Origin, code: str, status: int, words: str) -> None:
    """What it answers, or that it can't."""
    answer = get(f"{cloud.deploy(origin.address, code=code)}/instead")
    assert (answer.status_code, words in answer.text) == (status, True)
    assert origin.count("/instead") == 0


def test_what_is_published_runs(cloud: Cloud, origin: Origin) -> None:
    """A change does not before it is published; the code is what was last changed."""
    code = "function handler() {{ return {{ statusCode: 200, body: '{}' }}; }}"
    arn = cloud.function(code.format("first"))
    name = arn.rpartition("/")[2]
    associations = {"Quantity": 1, "Items": [{"EventType": "viewer-request", "FunctionARN": arn}]}
    config = cloud.config(origin.address)
    config["DefaultCacheBehavior"]["FunctionAssociations"] = associations
    url = cloud.url(cloud.create(config))
    settings = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    updated = cloud.cloudfront.update_function(
        Name=name, IfMatch="any", FunctionConfig=settings, FunctionCode=code.format("second").encode()
    )
    assert cloud.cloudfront.get_function(Name=name)["FunctionCode"].read() == code.format("second").encode()
    assert get(url).text == "first"
    cloud.cloudfront.publish_function(Name=name, IfMatch=updated["ETag"])
    assert get(url).text == "second"


def test_a_policy_that_keeps_answers(cloud: Cloud, origin: Origin) -> None:
    """Good and whole ones to GET, whatever the query; each piece still goes on as it comes."""
    url = cloud.deploy(origin.address, CachePolicyId=CACHING_OPTIMIZED)
    assert [get(f"{url}/kept?{query}").headers["x-cache"] for query in "ab"] == [
        "Miss from cloudfront",
        "Hit from cloudfront",
    ]
    again = get(f"{url}/kept")
    assert (again.text, again.headers["age"], again.headers["content-length"]) == ("here", "0", "4")
    assert origin.count("/kept?a") == 1
    for path, method in (("/none", "GET"), ("/cut", "GET"), ("/posted", "POST")):
        before = origin.count(path)
        for _ in range(2):
            receive(method, f"{url}{path}")
        assert origin.count(path) == before + 2


def test_a_change_counts_at_once(cloud: Cloud, origin: Origin) -> None:
    """And a distribution that is deleted answers no more."""
    config = cloud.config(origin.address, Aliases={"Quantity": 1, "Items": ["chat.example.com"]})
    made = cloud.create(config)
    url = cloud.aws.localised("https://chat.example.com")
    assert url == cloud.url(made)
    refused = {"x-test-country": "US"}
    assert get(url, headers=refused).status_code == 200
    list_of_one = {"GeoRestriction": {"RestrictionType": "whitelist", "Quantity": 1, "Items": ["CZ"]}}
    config |= {"Restrictions": list_of_one}
    cloud.cloudfront.update_distribution(DistributionConfig=config, Id=made["Id"], IfMatch=made["ETag"])
    assert get(url, headers=refused).status_code == 403
    cloud.cloudfront.delete_distribution(Id=made["Id"], IfMatch=made["ETag"])
    with pytest.raises(requests.ConnectionError), contextlib.closing(get(url)):
        pass
    assert cloud.aws.localised("https://chat.example.com") == "https://chat.example.com"


def test_settings_are_kept(cloud: Cloud, origin: Origin) -> None:
    """Those that Terraform compares."""
    made = cloud.create(
        cloud.config(origin.address, signing="always", code="function handler(e) { return e.request; }")
    )
    found = cloud.cloudfront.get_distribution(Id=made["Id"])["Distribution"]["DistributionConfig"]
    assert found["Origins"]["Items"][0]["OriginAccessControlId"]
    behaviour = found["DefaultCacheBehavior"]
    assert behaviour["FunctionAssociations"]["Items"][0]["EventType"] == "viewer-request"
    assert "ForwardedValues" not in behaviour
    assert "SSLSupportMethod" not in found["ViewerCertificate"]
