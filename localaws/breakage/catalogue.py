"""Every breakage: its name, what it does, and which check of a gate should notice it. No I/O."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from localaws.errors import BreakageError


class Place(Enum):
    """Where an endpoint is broken."""

    ANSWER = "answer"
    """A middlebox in front of the endpoint changes what it answers."""
    REQUEST = "request"
    """The same answers by itself, and sends nothing on."""
    ACCESS = "access"
    """The service lets through whom it must refuse."""
    CONTROL_PLANE = "control plane"
    """The deployment itself is changed, as AWS's API shows it."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of it: what it counts, and the number when nobody says."""

    unit: str
    default: float


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be chosen by `name`; `check` is the id of the check of `stream_check` whose subject it is."""

    name: str
    place: Place
    effect: str
    check: str
    amount: Amount | None = None


@dataclass(frozen=True, slots=True)
class Breakage:
    """One breakage as it was asked for."""

    kind: Kind
    amount: float = 0.0


KINDS = (
    Kind("buffering", Place.ANSWER, "the whole answer is held back and sent at its end, chunked", "stream.progressive"),
    Kind(
        "compressed",
        Place.ANSWER,
        "the same, compressed with gzip, whatever the client accepts",
        "stream.progressive",
    ),
    Kind("doubled-cors", Place.ANSWER, "`Access-Control-Allow-Origin` is there twice", "cors.answer"),
    Kind("no-preflight", Place.ANSWER, "the answer to `OPTIONS` has no CORS headers", "cors.preflight"),
    Kind("wrong-type", Place.ANSWER, "the content type is `application/octet-stream`", "stream.type"),
    Kind(
        "cut",
        Place.ANSWER,
        "the connection is closed after so many bytes of the body, or at its end, without the final chunk",
        "stream.whole",
        Amount("bytes", 2048),
    ),
    Kind("dropped-heartbeats", Place.ANSWER, "comments of server-sent events are swallowed", "stream.heartbeats"),
    Kind(
        "slow-first-byte",
        Place.ANSWER,
        "the head goes out at once, the body begins so many seconds later",
        "stream.first-byte",
        Amount("seconds", 12),
    ),
    Kind("dropped-errors", Place.ANSWER, "server-sent events of type `error` are swallowed", "errors.inside"),
    Kind("no-end", Place.ANSWER, "the server-sent event of type `done` is swallowed", "stream.whole"),
    Kind(
        "plain-errors",
        Place.ANSWER,
        "the body of an error status is an HTML page, as a firewall or a proxy sends it",
        "errors.before",
    ),
    Kind("lost-messages", Place.ANSWER, "a page of a session's messages lacks its last", "history.kept"),
    Kind(
        "swallowed-deletes",
        Place.REQUEST,
        "a `DELETE` is answered with a 204 and goes no further",
        "history.forgotten",
    ),
    Kind("open", Place.ACCESS, "no credentials are asked for", "access.nobody"),
    Kind("stale-signatures", Place.ACCESS, "a signature counts however old it is", "access.expired"),
    Kind(
        "unchecked-bodies",
        Place.ACCESS,
        "a signature counts for any body, and so a request of CloudFront's whatever hash it came with",
        "cdn.hash",
    ),
    Kind("every-country", Place.ACCESS, "a distribution lets in every country, whatever its list says", "cdn.blocked"),
    Kind(
        "one-caller",
        Place.ACCESS,
        "a Function URL takes everyone whose signature is right for the owner of the account",
        "history.private",
    ),
    Kind(
        "missing-grant", Place.CONTROL_PLANE, "an open URL's second grant is removed from the policy", "access.grants"
    ),
    Kind(
        "public-invoke",
        Place.CONTROL_PLANE,
        "the policy lets anyone call `lambda:InvokeFunction`, without a condition",
        "access.direct",
    ),
    Kind("buffered-mode", Place.CONTROL_PLANE, "the Function URL's invoke mode is `BUFFERED`", "deployed.url"),
    Kind(
        "buffered-integration",
        Place.CONTROL_PLANE,
        "the transfer mode of each integration is `BUFFERED`, the URI the one that goes with it",
        "deployed.api",
    ),
    Kind("endless-logs", Place.CONTROL_PLANE, "no log group has a retention", "deployed.logs"),
    Kind("uncapped", Place.CONTROL_PLANE, "no function has a reserved concurrency", "deployed.capped"),
    Kind(
        "open-origin",
        Place.CONTROL_PLANE,
        "each Function URL behind a distribution asks for no signature: `NONE`, with both grants to anyone",
        "cdn.direct",
    ),
    Kind(
        "missing-cdn-grant",
        Place.CONTROL_PLANE,
        "the second grant to CloudFront is removed from the policy",
        "cdn.grants",
    ),
    Kind("no-countries", Place.CONTROL_PLANE, "no distribution has a list of countries", "cdn.countries"),
    Kind(
        "impatient-cdn",
        Place.CONTROL_PLANE,
        "each distribution gives up on an origin that is silent for a second",
        "cdn.silence",
    ),
    Kind(
        "caching",
        Place.CONTROL_PLANE,
        "the cache policy of each distribution is `CachingOptimized`, which keeps good answers to `GET`",
        "cdn.cache",
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}


def parse_breakage(text: str) -> Breakage:
    """Return the breakage that `NAME`, or `NAME=NUMBER` where it has an amount, asks for; BreakageError otherwise."""
    name, equals, number = text.partition("=")
    kind = BY_NAME.get(name)
    if kind is None:
        raise BreakageError(f"There is no breakage {name!r}. There are: {', '.join(BY_NAME)}.")
    if kind.amount is None:
        if equals:
            raise BreakageError(f"{text}: {name} takes no number.")
        return Breakage(kind)
    return Breakage(kind, _positive(text, number, kind.amount.unit) if equals else kind.amount.default)


def _positive(text: str, number: str, unit: str) -> float:
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise BreakageError(f"{text}: a number of {unit} above zero is expected.")
    return value
