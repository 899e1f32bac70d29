"""Sends requests and records what they bring: requests and urllib3 on the wire, botocore for the signature."""

from __future__ import annotations

import hashlib
import http.client
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import requests
import urllib3

from stream_check.cdn import HASH_HEADER
from stream_check.finding import Broken
from stream_check.recording import Piece, Recording
from stream_check.signing import Identity, Signer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stream_check.settings import Ask, Settings

    OnPiece = Callable[[float, int], None]
    OnAnswer = Callable[[Recording], None]

READ_BYTES = 65_536
CONNECT_TIMEOUT_S = 10.0
USER_AGENT = "stream-check"
BREAKS = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)


def ignore(*_: object) -> None:
    """Nobody watches."""


class Client:
    """Asks one endpoint; a request is sent once, and no answer is followed anywhere.

    `on_piece` is told of each piece of a body: when it came, in seconds, and how many there were; `on_answer` of each
    answer at its end. `proxy` is the URL of one through which requests go.
    """

    def __init__(
        self,
        settings: Settings,
        on_piece: OnPiece = ignore,
        on_answer: OnAnswer = ignore,
        proxy: str | None = None,
    ) -> None:
        self._settings = settings
        self._on_piece = on_piece
        self._on_answer = on_answer
        self._proxies = {"http": proxy, "https": proxy} if proxy else None
        self._signer = Signer(settings)

    def ask(self, ask: Ask, identity: Identity = Identity.RIGHT, headers: Mapping[str, str] | None = None) -> Recording:
        """The answer to `ask`.

        Raises:
            Broken: no connection, no head within the budget for a whole answer, or nothing to sign with.
        """
        body = {} if ask.body is None else {"content-type": ask.content_type}
        return self.send(ask.method, ask.path, ask.body, {**body, **(headers or {})}, identity)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        identity: Identity = Identity.RIGHT,
    ) -> Recording:
        """The answer to any request; raises as `ask`."""
        url = urljoin(self._settings.url, path.lstrip("/"))
        own = {"user-agent": USER_AGENT, **self._hash(body), **(headers or {})}
        signed = self._signer.headers(identity, method, url, body or b"", own)
        limits = (CONNECT_TIMEOUT_S, self._settings.budgets.total_s)
        started = time.monotonic()
        try:
            # A connection for each request: one that was kept may be gone, and none is as new as a client's first.
            with requests.Session() as http:
                http.trust_env = False  # a proxy or a netrc file of this machine would change what is measured
                response = http.request(
                    method,
                    url,
                    data=body,
                    headers=signed,
                    stream=True,
                    timeout=limits,
                    allow_redirects=False,
                    proxies=self._proxies,
                )
                recording = self._record(response, started)
        except requests.RequestException as error:
            raise Broken(f"{method} {url}: {error}") from error
        self._on_answer(recording)
        return recording

    def _hash(self, body: bytes | None) -> dict[str, str]:
        """What a distribution needs to sign for a body; nothing for any other endpoint."""
        if body is None or self._settings.cdn is None:
            return {}
        return {HASH_HEADER: hashlib.sha256(body).hexdigest()}

    def _record(self, response: requests.Response, started: float) -> Recording:
        """Reads the body to its end, or to the limit of time."""
        head_s, limit_s = time.monotonic() - started, self._settings.budgets.total_s
        pieces: list[Piece] = []
        broken = None
        try:
            while data := response.raw.read1(READ_BYTES):
                at_s = time.monotonic() - started
                pieces.append(Piece(at_s, data))
                self._on_piece(at_s, len(pieces))
                if at_s > limit_s:
                    broken = f"not ended after {limit_s:.0f} s"
                    break
        except BREAKS as error:
            broken = str(error) or type(error).__name__
        return Recording(
            method=str(response.request.method),
            url=str(response.request.url),
            status=response.status_code,
            headers=tuple(response.raw.headers.iteritems()),
            head_s=head_s,
            pieces=tuple(pieces),
            end_s=time.monotonic() - started,
            broken=broken,
        )
