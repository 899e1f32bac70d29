"""TLS to an endpoint: its certificate and its name are always checked. Imported with the first https endpoint.

To read the system's whole list of authorities costs a cold start tens of milliseconds, and AWS's endpoints need five of
them. So these five are picked out of that same list; an endpoint that another authority has signed is tried once more
with the whole list. Nothing is ever trusted that the system doesn't trust, and AWS_CA_BUNDLE replaces its list.
"""

import os
import ssl
from binascii import Error as Base64Error
from binascii import a2b_base64

from bedrock_chat.native.errors import CertificateRejected, WrongEnvironment

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from bedrock_chat.native.endpoint import Endpoint

CA_BUNDLE = "AWS_CA_BUNDLE"
# Where systems keep their list, for an interpreter that was built on another one: Amazon Linux, Debian, Alpine.
KNOWN_BUNDLES = (
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
)
# How the roots of Amazon Trust Services call themselves. Source: www.amazontrust.com/repository
AMAZON_ROOTS = (b"Amazon Root CA ", b"Starfield Services Root Certificate Authority")

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_END = b"-----END"


class TlsOpener:
    """Opens TLS connections to one endpoint, and resumes the session of the last one where the peer lets it.

    Raises:
        WrongEnvironment: AWS_CA_BUNDLE can't be read, or there is no list of authorities at all.
    """

    # What a socket that must not wait raises when there is nothing to read.
    blocked = ssl.SSLWantReadError

    def __init__(self, endpoint: "Endpoint", environment: "Mapping[str, str]") -> None:
        self._host = endpoint.host
        self._bundle = environment.get(CA_BUNDLE)
        context = _context_of_amazon() if endpoint.amazon_signed and not self._bundle else None
        self._narrow = context is not None
        self._context = context or _context_of_all(self._bundle)
        self._session: ssl.SSLSession | None = None

    def open(self, connect: "Callable[[], socket.socket]") -> ssl.SSLSocket:
        """A connection to the peer that `connect` reaches, after the handshake.

        Raises:
            CertificateRejected: the peer is not who it should be.
            OSError: there is no connection.
        """
        if self._narrow:
            try:
                return self._handshake(connect())
            except ssl.SSLCertVerificationError:
                self._narrow = False
                self._session = None
                self._context = _context_of_all(self._bundle)
        try:
            return self._handshake(connect())
        except ssl.SSLCertVerificationError as error:
            raise CertificateRejected(f"{self._host} has no valid certificate: {error.verify_message}") from error

    def keep_session(self, connection: "socket.socket") -> None:
        """Notes the session of `connection`, which has received something: TLS 1.3 sends it with the first data."""
        assert isinstance(connection, ssl.SSLSocket)  # noqa: S101 - `open` made it
        self._session = connection.session

    def _handshake(self, raw: "socket.socket") -> ssl.SSLSocket:
        try:
            # As bytes: for text the interpreter would import its codec for international names.
            return self._context.wrap_socket(raw, server_hostname=self._host.encode("ascii"), session=self._session)
        except BaseException:
            raw.close()
            raise


def amazon_roots(bundle: bytes) -> bytes:
    """The certificates of Amazon's authority in a list in PEM form, in DER form one after another."""
    found = []
    for block in bundle.split(_BEGIN)[1:]:
        try:
            certificate = a2b_base64(block.partition(_END)[0])
        except Base64Error:
            continue
        if any(name in certificate for name in AMAZON_ROOTS):
            found.append(certificate)
    return b"".join(found)


def _context_of_amazon() -> ssl.SSLContext | None:
    """Trusts Amazon's authority alone; None where the system's list doesn't hold it, or there is none in one file."""
    path = _system_bundle()
    if path is None:
        return None
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib is not on the cold-start path
        roots = amazon_roots(file.read())
    if not roots:
        return None
    context = _context()
    context.load_verify_locations(cadata=roots)
    return context


def _context_of_all(bundle: str | None) -> ssl.SSLContext:
    context = _context()
    if bundle is not None:
        try:
            context.load_verify_locations(cafile=bundle)
        except OSError as error:
            raise WrongEnvironment(f"{CA_BUNDLE} must name a file of certificates, not {bundle!r}: {error}") from error
        return context
    file, capath = _system_bundle(), ssl.get_default_verify_paths().capath
    if file is None and capath is None:
        raise WrongEnvironment(f"the system has no list of certificate authorities: set {CA_BUNDLE} to one")
    context.load_verify_locations(cafile=file, capath=capath)
    return context


def _context() -> ssl.SSLContext:
    """Checks certificates and names: that is what this protocol constant means. TLS 1.2 at least."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _system_bundle() -> str | None:
    candidates = (ssl.get_default_verify_paths().cafile, *KNOWN_BUNDLES)
    return next((path for path in candidates if path and os.path.isfile(path)), None)  # noqa: PTH113 - as above
