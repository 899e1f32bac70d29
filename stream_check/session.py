"""One run of the checks against one endpoint: what several checks need is asked once."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from stream_check.cdn import BLOCKED, HASH_HEADER
from stream_check.client import Client, ignore
from stream_check.deployed import Deployed
from stream_check.events import events_of
from stream_check.finding import Broken, Failed, Finding, NotTried, Outcome
from stream_check.history import SESSION_HEADER
from stream_check.settings import Ask, Authentication
from stream_check.signing import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stream_check.cdn import Cdn
    from stream_check.client import OnPiece
    from stream_check.events import Event
    from stream_check.finding import Check
    from stream_check.recording import Recording
    from stream_check.settings import Settings

OK, NO_CONTENT = 200, 204
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TOO_MANY_REQUESTS, BAD_GATEWAY = 400, 401, 403, 429, 502
SIGNED_OTHERWISE = "request signature we calculated does not match"
"""Lambda's own words."""
MIN_MOMENTS = 5
"""An answer that arrives at fewer moments is too short to tell, or comes in one piece."""
MIN_SPREAD_SHARE = 0.1
"""Of the whole time, from the first moment to the last; of an answer that was held back it is next to nothing."""


class Session:
    """What checks ask; closing it forgets the conversations that the endpoint has kept of that.

    Attributes:
        recordings: Every recorded stream by what it was asked for, for the reports.
    """

    def __init__(self, settings: Settings, on_piece: OnPiece = ignore) -> None:
        self.settings = settings
        self.client = Client(settings, on_piece, self._note)
        self.recordings: dict[str, Recording] = {}
        self._begun: set[str] = set()

    def run(self, check: Check) -> Finding:
        """Carries out a check; whatever it raises of its own is in the finding."""
        started = time.monotonic()
        hints: tuple[str, ...] = ()
        try:
            outcome, detail = Outcome.PASSED, check.run(self)
        except Failed as failed:
            outcome, detail, hints = Outcome.FAILED, failed.reason, failed.hints
        except NotTried as reason:
            outcome, detail = Outcome.NOT_TRIED, str(reason)
        except Broken as reason:
            outcome, detail = Outcome.BROKEN, str(reason)
        # What an endpoint answers may repeat what it was sent.
        for secret in filter(None, (self.settings.secret, self.settings.other_secret)):
            detail = detail.replace(secret, "***")
        return Finding(check.id, check.title, outcome, detail, hints, time.monotonic() - started)

    def close(self) -> None:
        """Forgets what is left; what can't be forgotten ends after the table's own time."""
        for name in sorted(self._begun):
            with contextlib.suppress(Broken):
                self.forget(name)

    def forget(self, name: str) -> Recording:
        """The answer to the DELETE of a conversation."""
        answer = self.client.send("DELETE", f"{self.settings.ask.path}?{urlencode({'session': name})}")
        if answer.status == NO_CONTENT:
            self._begun.discard(name)
        return answer

    @cached_property
    def answer(self) -> Recording:
        """The answer to the question that must be streamed, with any status."""
        return self._recorded("answer", self.settings.ask)

    @cached_property
    def stream(self) -> Recording:
        """The same, which must have begun well.

        Raises:
            NotTried: it has not, which other checks say.
        """
        if self.answer.status != OK:
            raise NotTried(f"The endpoint answers {self.answer.status}: see stream.answered.")
        if not self.answer.pieces and (cause := self.deployed.cause_to_buffer):
            raise NotTried(f"The answer is empty: see {cause}.")
        return self.answer

    @cached_property
    def events(self) -> list[Event]:
        """The server-sent events of the stream.

        Raises:
            NotTried: the stream has another format.
        """
        kind, encoding = self.stream.content_type, self.stream.header("content-encoding")
        if kind != "text/event-stream" or encoding:
            raise NotTried(
                f"The answer is {encoding} {kind or 'without a content type'}, which holds no events to read."
            )
        return events_of(self.stream)

    @cached_property
    def of_nobody(self) -> Recording:
        """The answer to the same question without credentials, with any status."""
        return self.client.ask(self.settings.ask, Identity.NOBODY)

    @cached_property
    def deployed(self) -> Deployed:
        """The configuration of what is deployed."""
        return Deployed(self.settings)

    @property
    def cdn(self) -> Cdn:
        """What is known of the distribution; raises NotTried when the endpoint is none."""
        if self.settings.cdn is None:
            raise NotTried("The endpoint is no CDN.")
        return self.settings.cdn

    @cached_property
    def past_cdn(self) -> Recording:
        """The answer of the Function URL behind the distribution to the same question without credentials."""
        url = self.cdn.function_url or str(self.deployed.url["FunctionUrl"])
        behind = replace(self.settings, url=url, authentication=Authentication.NONE, cdn=None)
        return Client(behind, on_answer=self._note).ask(self.settings.ask)

    @cached_property
    def from_blocked_country(self) -> Recording:
        """The answer to the same question asked from a country that the distribution must shut out."""
        header = self.cdn.blocked_header
        client = Client(self.settings, on_answer=self._note, proxy=self.cdn.blocked_via)
        return client.ask(self.settings.ask, headers=dict([header] if header else []))

    def ask_unhashed(self, headers: Mapping[str, str]) -> Recording:
        """The answer to the same question, with no hash of its body but what is in `headers`."""
        client = Client(replace(self.settings, cdn=None), on_answer=self._note)
        return client.ask(self.settings.ask, headers=headers)

    @cached_property
    def stranger(self) -> Client | None:
        """Asks as the other caller that was given; None where none was."""
        settings = self.settings
        is_signed = settings.authentication is Authentication.IAM
        if (settings.other_profile if is_signed else settings.other_secret) is None:
            return None
        return Client(replace(settings, profile=settings.other_profile, secret=settings.other_secret))

    def ask_json(self, document: Mapping[str, object]) -> Recording:
        """The answer to another document than the question's."""
        return self.client.ask(replace(self.settings.ask, body=json.dumps(document).encode()))

    def ask_model(self, model: str) -> Recording:
        """The answer of another model to the same question.

        Raises:
            NotTried: the endpoint doesn't answer well, or holds back what it answers.
            Failed: the status isn't 200.
        """
        if not is_spread(self.stream):
            raise NotTried("The endpoint holds back its answers: see stream.progressive.")
        ask = self.settings.ask
        body = json.loads(ask.body or b"{}")
        named = json.dumps({**body, "model": model}).encode()
        recording = must_be_ok(self._recorded(model, Ask(ask.method, ask.path, named)))
        if recording.broken and self.stream.broken:
            raise NotTried("The endpoint's answers break off: see stream.whole.")
        return recording

    def get(self, path: str) -> Recording:
        """The answer to a GET.

        Raises:
            NotTried: the endpoint doesn't answer well.
            Failed: the status isn't 200.
        """
        self.stream  # noqa: B018  what it raises counts here too
        return must_be_ok(self._recorded(path, Ask("GET", path, None)))

    def need_chat(self) -> None:
        """Raises NotTried when the endpoint is not the chat application."""
        if not self.settings.is_chat:
            raise NotTried("Only the chat application promises this.")

    def _note(self, answer: Recording) -> None:
        """Remembers the conversation that an answer belongs to."""
        if name := answer.header(SESSION_HEADER):
            self._begun.add(name)

    def _recorded(self, name: str, ask: Ask) -> Recording:
        recording = self.recordings[name] = self.client.ask(ask)
        return recording


def must_be_ok(recording: Recording) -> Recording:
    """The recording of a 200; raises Failed for any other."""
    if recording.status == OK:
        return recording
    reason = f"{recording.method} {recording.url} is answered {recording.status}: {recording.text[:300]}"
    raise Failed(reason, *(_why_at_the_edge(recording) or _why(recording)))


def is_spread(recording: Recording) -> bool:
    """Whether a body arrived bit by bit: at several moments, over a good part of the time that it took in all."""
    moments = recording.moments_s
    return len(moments) >= MIN_MOMENTS and moments[-1] - moments[0] >= MIN_SPREAD_SHARE * recording.end_s


def _why_at_the_edge(recording: Recording) -> tuple[str, ...]:
    """What CloudFront and its signature are the reason for."""
    if recording.status != FORBIDDEN or not recording.header("x-amz-cf-id"):
        return ()
    if BLOCKED in recording.text:
        return ("This machine is in a country that the distribution shuts out: run the checks in another.",)
    if SIGNED_OTHERWISE in recording.text:
        return (
            f"CloudFront signs for the hash in {HASH_HEADER}: something on the way changes the body or the header.",
        )
    return ()


def _why(recording: Recording) -> tuple[str, ...]:
    message = recording.text
    if recording.status == FORBIDDEN and '"Message"' in message:
        return (
            "A Function URL needs two grants since October 2025, lambda:InvokeFunctionUrl and lambda:InvokeFunction.",
            "The signature may be for another service or region: give --region.",
        )
    if recording.status in {UNAUTHORIZED, FORBIDDEN}:
        return ("The endpoint asks for other credentials: --auth says what requests carry.",)
    if recording.status == BAD_REQUEST:
        return (
            "A model that is named must be among bedrock.allowed_model_ids; a body of your own must be what is asked.",
        )
    if recording.status == TOO_MANY_REQUESTS:
        return ("Bedrock's quota, the function's reserved concurrency or API Gateway's throttle is used up.",)
    if recording.status == BAD_GATEWAY:
        return ("The function can't start, or fails before its first byte: see its log.",)
    return ()
