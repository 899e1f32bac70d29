"""Calls of Bedrock's ConverseStream: signed, and tried again while nothing of an answer has come."""

import os
import time

from bedrock_chat.bedrock_calls import CONNECT_TIMEOUT_S, MAX_ATTEMPTS
from bedrock_chat.native.connection import Exchange, HttpClient
from bedrock_chat.native.credentials import CredentialSource
from bedrock_chat.native.endpoint import bedrock_endpoint, region_of
from bedrock_chat.native.errors import BedrockFault, NativeError, WrongEnvironment
from bedrock_chat.native.http_stream import encode_request
from bedrock_chat.native.refusal import parse_refusal
from bedrock_chat.native.retry import delay_s, is_passing
from bedrock_chat.native.sigv4 import Signer, UnsignedRequest, body_hash, percent_encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bedrock_chat.native.endpoint import Endpoint

OK = 200
STREAM_TYPE = "application/vnd.amazon.eventstream"
USER_AGENT = "terraform-aws-bedrock-stream"
# Of an error's body; what is longer is none of Bedrock's.
MAX_ERROR_BYTES = 65_536
CREDENTIALS_TIMEOUT_S = 2.0


class BedrockClient:
    """Calls Bedrock where and as whom the environment says.

    Args:
        environment: Read here for the place, and at each call for the credentials.
        sleep: Waits so many seconds between two attempts.

    Raises:
        WrongEnvironment: the place can't be told.
    """

    def __init__(self, environment: "Mapping[str, str]", sleep: "Callable[[float], None]" = time.sleep) -> None:
        region = region_of(environment)
        self._environment = environment
        self._sleep = sleep
        self._http = HttpClient(bedrock_endpoint(environment, region), environment, CONNECT_TIMEOUT_S)
        self._signer = Signer(region)
        self._source = CredentialSource(environment, self._fetch, clock=time.time, sleep=sleep)

    def prepare(self) -> None:
        """Loads what the first call needs, which is better done while the function starts.

        Raises:
            WrongEnvironment: there is no usable list of certificate authorities.
        """
        self._http.prepare()

    def close(self) -> None:
        """Closes the connection that is kept."""
        self._http.close()

    def rehearse(self) -> None:
        """Makes and signs a request that is not sent: the first that is then meets nothing for the first time.

        Raises:
            NativeError: there are no credentials.
        """
        self._request("any", b"{}")

    def forget(self) -> None:
        """Drops the connection and the credentials that are kept; the next call has new ones."""
        self.close()
        self._source.forget()

    def converse_stream(self, model_id: str, body: bytes, timeout_s: float) -> Exchange:
        """The exchange whose body is the stream.

        Raises:
            NativeError: Bedrock refuses the request, or it can't be reached, at the last attempt.
        """
        attempt = 1
        while True:
            try:
                return self._attempt(model_id, body, timeout_s)
            except NativeError as error:
                if attempt == MAX_ATTEMPTS or not is_passing(error):
                    raise
                self._sleep(delay_s(error, attempt, _random()))
            attempt += 1

    def _attempt(self, model_id: str, body: bytes, timeout_s: float) -> Exchange:
        exchange = self._http.exchange(self._request(model_id, body), timeout_s)
        try:
            _check(exchange, timeout_s)
        except BaseException:
            exchange.close()
            raise
        return exchange

    def _request(self, model_id: str, body: bytes) -> bytes:
        endpoint = self._http.endpoint
        path = f"{endpoint.path}/model/{percent_encoded(model_id)}/converse-stream"
        headers = {
            "host": endpoint.authority,
            "content-type": "application/json",
            "user-agent": USER_AGENT,
        }
        unsigned = UnsignedRequest("POST", path, headers, body_hash(body))
        signed = self._signer.headers(unsigned, self._source.credentials(), time.time())
        # Proxies may change these two, so they are not signed.
        signed["accept-encoding"] = "identity"
        if trace := self._environment.get("_X_AMZN_TRACE_ID"):
            signed["x-amzn-trace-id"] = trace
        try:
            return encode_request("POST", path, signed, body)
        except ValueError as error:
            raise WrongEnvironment(f"the credentials can't be used: {error}") from error

    def _fetch(self, endpoint: "Endpoint", headers: "Mapping[str, str]") -> tuple[int, bytes]:
        client = HttpClient(endpoint, self._environment, CREDENTIALS_TIMEOUT_S)
        try:
            request = encode_request("GET", endpoint.path or "/", headers, b"")
            exchange = client.exchange(request, CREDENTIALS_TIMEOUT_S)
            try:
                return exchange.head.status, _whole(exchange, CREDENTIALS_TIMEOUT_S)
            finally:
                exchange.close()
        finally:
            client.close()


def _check(exchange: Exchange, timeout_s: float) -> None:
    """Raises NativeError unless the response is a stream."""
    head = exchange.head
    if head.status != OK:
        raise parse_refusal(head.status, head.headers, _whole(exchange, timeout_s))
    content_type = head.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != STREAM_TYPE:
        said = f"what answers is not Bedrock: it sends the type {content_type[:80]!r} and no event stream"
        raise BedrockFault(head.status, "", said)


def _whole(exchange: Exchange, timeout_s: float) -> bytes:
    """The body, or as much of it as is ever needed."""
    body = b""
    while len(body) < MAX_ERROR_BYTES and (piece := exchange.read(timeout_s)):
        body += piece
    return body[:MAX_ERROR_BYTES]


def _random() -> float:
    """From 0 to 1. The module `random` costs more than the wait that this is for."""
    return int.from_bytes(os.urandom(4), "big") / 2**32
