"""A silent stream is kept open."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from stream_check.events import events_of
from stream_check.finding import Failed, NotTried

if TYPE_CHECKING:
    from stream_check.session import Session

VARIABLE = "LAMBDA_STREAM_HEARTBEAT_SECONDS"
DEFAULT_S = 15.0
SLACK_S = 2.0


def silence_is_filled(session: Session) -> str:
    """While the model is silent comments come, none later than the interval that the function is set to."""
    model = session.settings.silent_model
    if model is None:
        raise NotTried("Needs a model that is silent for longer than the interval: give --silent-model.")
    interval_s = interval_of(session)
    if interval_s == 0:
        raise Failed("Heartbeats are off.", "Set function.heartbeat_seconds, for example to 15.")
    recording = session.ask_model(model)
    comments = [event for event in events_of(recording) if event.data is None]
    times = [0.0, *recording.moments_s]
    gap_s = max((later - earlier for earlier, later in pairwise(times)), default=0.0)
    if not comments:
        raise Failed(
            f"No comment came in {recording.end_s:.1f} s, though nothing was sent for {gap_s:.1f} s.",
            "Something on the way drops comments, or holds back what is small.",
        )
    if gap_s > interval_s + SLACK_S:
        raise Failed(f"Nothing came for {gap_s:.1f} s, though the interval is {interval_s:.0f} s.")
    return f"{len(comments)} comments, at most {gap_s:.1f} s apart"


def interval_of(session: Session) -> float:
    """Seconds between two comments, as the function is set to, 0 for none; the default where that can't be read."""
    try:
        variables = session.deployed.function.get("Environment", {}).get("Variables", {})
    except NotTried:
        return DEFAULT_S
    return float(variables.get(VARIABLE, DEFAULT_S))
