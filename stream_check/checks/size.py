"""Large and long answers arrive whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream_check.finding import Failed, NotTried

if TYPE_CHECKING:
    from stream_check.recording import Recording
    from stream_check.session import Session

LARGE_BYTES = 6 * 1024 * 1024
"""What Lambda sends at most when it doesn't stream."""
LONG_S = 300.0


def large_answers_arrive(session: Session) -> str:
    """More than Lambda's limit on answers that are not streamed."""
    if session.settings.large_path is None:
        raise NotTried("Needs a path whose answer has more than 6 MB: give --large-path.")
    recording = _whole(session.get(session.settings.large_path))
    size = len(recording.body)
    if size <= LARGE_BYTES:
        raise Failed(f"The answer of {recording.url} has {size} bytes: too few to tell.")
    return f"{size / 1e6:.1f} MB in {recording.end_s:.1f} s"


def long_answers_arrive(session: Session) -> str:
    """More than five minutes."""
    if session.settings.long_path is None:
        raise NotTried("Takes five minutes: give --long-path, the path of a stream that lasts so long.")
    recording = _whole(session.get(session.settings.long_path))
    if recording.end_s < LONG_S:
        raise Failed(f"The stream of {recording.url} lasted {recording.end_s:.0f} s: too short to tell.")
    return f"{recording.end_s:.0f} s"


def _whole(recording: Recording) -> Recording:
    if recording.broken:
        raise Failed(
            f"The stream of {recording.url} broke off after {recording.end_s:.1f} s "
            f"and {len(recording.body)} bytes: {recording.broken}.",
            "The function's timeout, or a limit of API Gateway or CloudFront.",
        )
    return recording
