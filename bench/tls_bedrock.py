"""Bedrock behind TLS, for cold starts: the first tokens of an answer, with certificates of a chain of its own.

The root is named as Amazon's own roots are, and lies in a list of the usual size among the usual others. So clients
that read the whole list pay for it here, too, and clients that pick their root out of it find one to pick.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from localaws.bedrock.directive import parse_directive
from localaws.bedrock.event_stream import CONTENT_TYPE, event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

HOST = "bedrock-runtime.us-east-1.amazonaws.com"
KEY_BITS = 2048
VALID = timedelta(days=2)
READ_BYTES = 65_536
PADDING = {"p": "abcdefghijkl"}


class Certificates:
    """The files that the server and the clients need, in a folder.

    Attributes:
        chain: The server's key, its certificate and the one that signed it.
        root: The authority.
        bundle: The list `others` and the authority.
    """

    def __init__(self, folder: Path, others: Path) -> None:
        self.chain, self.root, self.bundle = (folder / name for name in ("chain.pem", "root.pem", "bundle.pem"))
        keys = [rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS) for _ in range(3)]
        names = [_name(text) for text in ("Amazon Root CA 0", "Amazon RSA 2048 M00", HOST)]
        root = _signed(names[0], keys[0], names[0], keys[0], authority=True)
        middle = _signed(names[1], keys[1], names[0], keys[0], authority=True)
        leaf = _signed(names[2], keys[2], names[1], keys[1], authority=False)
        key = keys[2].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.chain.write_bytes(key + _pem(leaf) + _pem(middle))
        self.root.write_bytes(_pem(root))
        self.bundle.write_bytes(others.read_bytes() + b"\n" + _pem(root))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _signed(
    subject: x509.Name, key: rsa.RSAPrivateKey, issuer: x509.Name, issuer_key: rsa.RSAPrivateKey, *, authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID)
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not authority:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


class TlsBedrock:
    """Answers ConverseStream over TLS, each connection in a thread. A context manager."""

    def __init__(self, certificates: Certificates) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificates.chain)
        self._context.set_alpn_protocols(["http/1.1"])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with self._context.wrap_socket(peer, server_side=True) as secured:
                while request := _read_request(secured):
                    tokens = parse_directive(request.decode()).tokens or 0
                    secured.sendall(b"".join(_answer(tokens)))
        except OSError:
            return  # the function was ended


def _read_request(peer: ssl.SSLSocket) -> bytes:
    """The body of the next request; empty when there is none."""
    head, _, body = b"", b"", b""
    while b"\r\n\r\n" not in head:
        data = peer.recv(READ_BYTES)
        if not data:
            return b""
        head += data
    head, _, body = head.partition(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < int(lengths[0]):
        body += peer.recv(READ_BYTES)
    return body


def _answer(tokens: int) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nTransfer-Encoding: chunked\r\n\r\n" % CONTENT_TYPE.encode()
    yield _chunk(event("messageStart", {**PADDING, "role": "assistant"}))
    for _ in range(tokens):
        delta = {"text": f"@{time.monotonic_ns()} "}
        yield _chunk(event("contentBlockDelta", {"contentBlockIndex": 0, "delta": delta, **PADDING}))
    yield _chunk(event("contentBlockStop", {"contentBlockIndex": 0, **PADDING}))
    yield _chunk(event("messageStop", {**PADDING, "stopReason": "end_turn"}))
    usage = {"inputTokens": 1, "outputTokens": tokens, "totalTokens": tokens + 1}
    yield _chunk(event("metadata", {"metrics": {"latencyMs": 1}, **PADDING, "usage": usage}))
    yield b"0\r\n\r\n"


def _chunk(frame: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(frame), frame)
