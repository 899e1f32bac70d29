"""TLS: who is trusted, by which list, and what is checked always."""

import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import certifi
import pytest

from bedrock_chat.native import tls
from bedrock_chat.native.connection import HttpClient
from bedrock_chat.native.endpoint import Endpoint
from bedrock_chat.native.errors import CertificateRejected, ConnectionFailed, ConnectionTimeout, WrongEnvironment
from bedrock_chat.native.http_stream import encode_request
from support.certificates import Authority
from support.scripted_peer import CLOSE, HOLD, ScriptedPeer, Turn

REQUEST = encode_request("POST", "/", {"host": "h"}, b"question")
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
AMAZON, OTHER, STRANGER = Authority("Amazon Root CA 1"), Authority("Other Root"), Authority("Stranger")
Serve = Callable[..., ScriptedPeer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    peers: list[ScriptedPeer] = []

    def start(context: ssl.SSLContext, *connections: list[Turn]) -> ScriptedPeer:
        peers.append(ScriptedPeer(*(connections or ([Turn([SIZED])],)), tls=context))
        return peers[-1]

    yield start
    for peer in peers:
        peer.stop()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes the system's list of authorities."""

    def make(*authorities: Authority) -> Path:
        file = tmp_path / "system.pem"
        file.write_bytes(b"".join(b"# a comment\n" + authority.pem for authority in authorities))
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
        return file

    return make


def client_of(
    peer: ScriptedPeer, environment: dict[str, str] | None = None, *, amazon_signed: bool = True
) -> HttpClient:
    endpoint = Endpoint("127.0.0.1", peer.port, secure=True, amazon_signed=amazon_signed)
    return HttpClient(endpoint, environment or {}, 5)


def ask(client: HttpClient) -> bytes:
    exchange = client.exchange(REQUEST, 5)
    body = b""
    while piece := exchange.read(5):
        body += piece
    return body


Trusted = Callable[..., Path]


def test_amazons_authority_is_picked_out_of_the_systems_list(serve: Serve, trusted: Trusted, tmp_path: Path) -> None:
    """With it, one handshake is enough."""
    trusted(OTHER, AMAZON)
    peer = serve(AMAZON.server(tmp_path))
    client = client_of(peer)
    assert ask(client) == b"hello"
    assert peer.accepted == 1
    client.close()


def test_an_endpoint_of_another_authority_is_tried_with_the_whole_list(
    serve: Serve, trusted: Trusted, tmp_path: Path
) -> None:
    """Once more; and from then on at once."""
    trusted(AMAZON, OTHER)
    peer = serve(OTHER.server(tmp_path), [Turn([SIZED])], [Turn([SIZED], CLOSE)], [Turn([SIZED])])
    client = client_of(peer)
    assert [ask(client), ask(client)] == [b"hello", b"hello"]
    assert [number for number, _ in peer.requests] == [1, 2]
    client.close()


@pytest.mark.parametrize(("amazon_signed", "authorities"), [(False, (AMAZON, OTHER)), (True, (OTHER,))])
def test_the_whole_list_is_used_where_amazons_is_of_no_use(
    serve: Serve, trusted: Trusted, tmp_path: Path, amazon_signed: bool, authorities: tuple[Authority, ...]
) -> None:
    """For an endpoint of one's own, or on a system whose list doesn't hold Amazon's."""
    trusted(*authorities)
    peer = serve(OTHER.server(tmp_path))
    client = client_of(peer, amazon_signed=amazon_signed)
    assert ask(client) == b"hello"
    assert peer.accepted == 1
    client.close()


REJECTED: dict[str, tuple[Authority, str, timedelta]] = {
    "an unknown authority": (STRANGER, "127.0.0.1", timedelta(days=1)),
    "another host's": (AMAZON, "127.0.0.2", timedelta(days=1)),
    "an expired one": (AMAZON, "127.0.0.1", timedelta(days=-1)),
}


@pytest.mark.parametrize("amazon_signed", [True, False])
@pytest.mark.parametrize(("authority", "address", "valid_for"), REJECTED.values(), ids=REJECTED)
def test_a_certificate_that_proves_nothing_is_rejected(  # noqa: PLR0913, PLR0917 - a certificate has that many sides
    serve: Serve, trusted: Trusted, tmp_path: Path, authority: Authority, address: str, valid_for: timedelta,
    amazon_signed: bool,
) -> None:  # fmt: skip
    """And the request is not sent."""
    trusted(AMAZON, OTHER)
    peer = serve(authority.server(tmp_path, address, valid_for))
    with pytest.raises(CertificateRejected, match=r"127\.0\.0\.1 has no valid certificate: "):
        ask(client_of(peer, amazon_signed=amazon_signed))
    assert not peer.requests


def test_a_bundle_of_ones_own_replaces_the_systems_list(serve: Serve, trusted: Trusted, tmp_path: Path) -> None:
    """Whoever is in it is trusted, and nobody else: Amazon is not, either."""
    trusted(AMAZON, OTHER)
    (tmp_path / "own.pem").write_bytes(STRANGER.pem)
    environment = {"AWS_CA_BUNDLE": str(tmp_path / "own.pem")}
    client = client_of(serve(STRANGER.server(tmp_path)), environment)
    assert ask(client) == b"hello"
    client.close()
    with pytest.raises(CertificateRejected):
        ask(client_of(serve(AMAZON.server(tmp_path)), environment))


@pytest.mark.parametrize("content", [None, b"", b"no certificates"])
def test_a_bundle_that_can_not_be_read_is_said(serve: Serve, tmp_path: Path, content: bytes | None) -> None:
    """With the variable's name; the system's list is no substitute for it."""
    file = tmp_path / "own.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(WrongEnvironment, match=f"AWS_CA_BUNDLE must name a file of certificates, not '{file}'"):
        client_of(serve(AMAZON.server(tmp_path)), {"AWS_CA_BUNDLE": str(file)}).prepare()


def test_without_any_list_nothing_is_trusted(
    serve: Serve, trusted: Trusted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to set."""
    trusted().unlink()
    monkeypatch.setattr(tls, "KNOWN_BUNDLES", (str(tmp_path / "nowhere"),))
    with pytest.raises(WrongEnvironment, match="no list of certificate authorities: set AWS_CA_BUNDLE"):
        client_of(serve(AMAZON.server(tmp_path))).prepare()


def test_a_list_is_found_where_the_system_keeps_it(
    serve: Serve, trusted: Trusted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interpreter that was built elsewhere looks in the wrong place."""
    file = trusted(AMAZON)
    monkeypatch.setattr(tls, "KNOWN_BUNDLES", (str(tmp_path / "nowhere"), str(file.rename(tmp_path / "known.pem"))))
    client = client_of(serve(AMAZON.server(tmp_path)))
    assert ask(client) == b"hello"
    client.close()


def test_a_session_is_resumed(serve: Serve, trusted: Trusted, tmp_path: Path) -> None:
    """The certificate need not be checked again."""
    trusted(AMAZON)
    peer = serve(AMAZON.server(tmp_path), [Turn([SIZED], CLOSE)])
    client = client_of(peer)
    for _ in range(2):
        assert ask(client) == b"hello"
        assert peer.hung_up.acquire(timeout=5)
    assert peer.sessions_reused == [False, True]
    client.close()


def test_a_connection_serves_many_requests(serve: Serve, trusted: Trusted, tmp_path: Path) -> None:
    """The tickets that TLS 1.3 sends in between are no reason to give it up."""
    trusted(AMAZON)
    peer = serve(AMAZON.server(tmp_path), [Turn([SIZED]) for _ in range(3)])
    client = client_of(peer)
    assert [ask(client) for _ in range(3)] == [b"hello"] * 3
    assert peer.accepted == 1
    client.close()


def test_a_silent_peer_is_a_timeout(serve: Serve, trusted: Trusted, tmp_path: Path) -> None:
    """In the handshake and in the middle of a body."""
    trusted(AMAZON)
    client = client_of(serve(AMAZON.server(tmp_path), [Turn([CHUNKED + b"5\r\nhello\r\n"], HOLD)]))
    exchange = client.exchange(REQUEST, 5)
    assert exchange.read(5) == b"hello"
    with pytest.raises(ConnectionTimeout):
        exchange.read(0.05)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = Endpoint("127.0.0.1", listener.getsockname()[1], secure=True)
        with pytest.raises(ConnectionTimeout):
            HttpClient(endpoint, {}, 0.05).exchange(REQUEST, 5)


def test_a_peer_without_tls_is_a_failure(trusted: Trusted) -> None:
    """It is not spoken to in the clear."""
    trusted(AMAZON)

    def answer(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.sendall(SIZED)
            assert REQUEST not in peer.recv(65_536)

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as threads:
        answered = threads.submit(answer, listener)
        client = HttpClient(Endpoint("127.0.0.1", listener.getsockname()[1], secure=True), {}, 5)
        with pytest.raises(ConnectionFailed):
            client.exchange(REQUEST, 5)
        answered.result(5)


def test_the_roots_of_amazon_are_found_in_a_real_list() -> None:
    """Mozilla's, as certifi has it: these five, each once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=tls.amazon_roots(Path(certifi.where()).read_bytes()))
    roots: list[Any] = context.get_ca_certs()
    names = sorted(str(dict(pair[0] for pair in found["subject"])["commonName"]) for found in roots)
    assert names == [
        *(f"Amazon Root CA {number}" for number in range(1, 5)),
        "Starfield Services Root Certificate Authority - G2",
    ]


@pytest.mark.parametrize(
    "bundle", [b"", b"text", b"-----BEGIN CERTIFICATE-----\nA\n-----END", b"-----BEGIN CERTIFICATE-----"]
)
def test_a_list_without_amazons_roots_has_none(bundle: bytes) -> None:
    """Whatever it is."""
    assert tls.amazon_roots(bundle) == b""


def test_plain_http_loads_no_tls() -> None:
    """Nor anything else that is dear."""
    code = (
        "import bedrock_chat.native.connection, bedrock_chat.native.credentials, sys;"
        "dear = {'ssl', 'typing', 'http.client', 'email', 'urllib', 'datetime', 'logging', 'dataclasses', 'ipaddress',"
        "'hashlib', 'hmac', 'encodings.idna'};"
        "print(sorted(dear & set(sys.modules)))"
    )
    handler = Path(tls.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(handler)!r});{code}"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == "[]\n"
