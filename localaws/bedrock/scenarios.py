"""What each model id does: the table of scenarios, and the streams that fail. No I/O.

A scenario is a function from the request to a Refusal or to the steps of a stream. To add one, write the function and
name it in SCENARIOS; docs/local-aws.md lists them for users, and a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.bedrock import replies
from localaws.bedrock.blocks import START, delta_frame, deltas, ending, first_token_ms, pace_ms, stop_block, text_block
from localaws.bedrock.event_stream import exception, with_wrong_crc
from localaws.bedrock.replies import SLOW_MS, TEN
from localaws.bedrock.showcase import HOSTILE, MARKDOWN
from localaws.bedrock.steps import Break, Refusal, Reset, Send, SendHead, Step, WaitUntil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from localaws.bedrock.request import Converse

SILENCE_MS = 600_000.0
ARRIVAL_MS = 100.0
"""So long does a client have to read what was sent before a reset, which could destroy it."""

FIVE, NEXT_FIVE = TEN[:5], TEN[5:]


def scenario_of(model_id: str) -> Callable[[Converse], Refusal | Iterator[Step]]:
    """Return what a model does; `model_id` may be an id or the ARN of a model or an inference profile."""
    return SCENARIOS.get(model_id.rpartition("/")[2], replies.answers)


def idle_gap(request: Converse) -> Iterator[Step]:
    """Stop for long in the middle of an answer of ten tokens."""
    last_ms = first_token_ms(request) + pace_ms(request) * (len(FIVE) - 1)
    yield from _beginning(request, FIVE)
    yield from deltas(request, text_block(NEXT_FIVE), last_ms + SLOW_MS)
    yield stop_block(0)
    yield from ending(request, len(TEN), "end_turn", last_ms + SLOW_MS)


def malformed(request: Converse) -> Iterator[Step]:
    """Send some tokens, then a frame with a wrong checksum; but for this the answer is whole."""
    yield from _beginning(request, FIVE)
    yield Send(with_wrong_crc(delta_frame({"text": NEXT_FIVE[0]})))
    yield stop_block(0)
    yield from ending(request, len(FIVE) + 1, "end_turn", first_token_ms(request))


def reset(request: Converse) -> Iterator[Step]:
    """Send some tokens, then reset the connection."""
    yield from _beginning(request, FIVE)
    yield WaitUntil(first_token_ms(request) + pace_ms(request) * (len(FIVE) - 1) + ARRIVAL_MS)
    yield Reset()


def silent(_: Converse) -> Iterator[Step]:
    """Accept with status 200, then send nothing."""
    yield SendHead()
    yield WaitUntil(SILENCE_MS)
    yield Break()


def never_answers(_: Converse) -> Iterator[Step]:
    """Send nothing at all, not even a status."""
    yield WaitUntil(SILENCE_MS)
    yield Break()


def breaks_off_with(name: str, message: str) -> Callable[[Converse], Iterator[Step]]:
    """Return a scenario that sends some tokens, then an exception frame."""

    def steps(request: Converse) -> Iterator[Step]:
        yield from _beginning(request, TEN)
        yield _fault(name, message)

    return steps


def fails_first_frame(_: Converse) -> Iterator[Step]:
    """Send a modelStreamErrorException before anything else: the HTTP status is 200 all the same."""
    yield _fault("modelStreamErrorException", "The model failed before it generated anything.")


def truncated(request: Converse) -> Iterator[Step]:
    """Send some tokens, then break the connection off."""
    yield from _beginning(request, TEN)
    yield Break()


def ends_silently(request: Converse) -> Iterator[Step]:
    """Send some tokens, then end the HTTP body properly, without messageStop and metadata."""
    yield from _beginning(request, TEN)


def refuses(status: int, code: str, message: str) -> Callable[[Converse], Refusal]:
    """Return a scenario that refuses every request."""
    return lambda _: Refusal(status, code, message)


SCENARIOS: dict[str, Callable[[Converse], Refusal | Iterator[Step]]] = {
    "stand-in.throttled": refuses(429, "ThrottlingException", "Too many requests, please wait before trying again."),
    "stand-in.denied": refuses(
        403, "AccessDeniedException", "You don't have access to the model with the specified ID."
    ),
    "stand-in.invalid": refuses(400, "ValidationException", "The provided model identifier is invalid."),
    "stand-in.unavailable": refuses(503, "ServiceUnavailableException", "Bedrock is unable to process your request."),
    "stand-in.not-found": refuses(404, "ResourceNotFoundException", "Could not resolve the foundation model."),
    "stand-in.internal": refuses(500, "InternalServerException", "An internal server error occurred. Retry."),
    "stand-in.model-timeout": refuses(408, "ModelTimeoutException", "The model took too long to respond."),
    "stand-in.model-error": refuses(424, "ModelErrorException", "The model failed to process the request."),
    "stand-in.not-ready": refuses(429, "ModelNotReadyException", "The model is not ready to serve inference requests."),
    "stand-in.fails-mid-stream": breaks_off_with(
        "modelStreamErrorException", "The model failed while it generated the answer."
    ),
    "stand-in.throttled-mid-stream": breaks_off_with(
        "throttlingException", "Too many tokens, please wait before trying again."
    ),
    "stand-in.internal-mid-stream": breaks_off_with("internalServerException", "An internal server error occurred."),
    "stand-in.invalid-mid-stream": breaks_off_with("validationException", "The input became invalid for the model."),
    "stand-in.unavailable-mid-stream": breaks_off_with("serviceUnavailableException", "The service isn't available."),
    "stand-in.fails-first-frame": fails_first_frame,
    "stand-in.truncated": truncated,
    "stand-in.ends-silently": ends_silently,
    "stand-in.malformed": malformed,
    "stand-in.reset": reset,
    "stand-in.silent": silent,
    "stand-in.never-answers": never_answers,
    "stand-in.slow-first-token": replies.slow_first_token,
    "stand-in.idle-gap": idle_gap,
    "stand-in.reasoning": replies.reasoning,
    "stand-in.tool-use": replies.tool_use,
    "stand-in.every-tool": replies.every_tool,
    "stand-in.citations": replies.citations,
    "stand-in.cached": replies.cached,
    "stand-in.echo": replies.echo,
    "stand-in.markdown": replies.says(MARKDOWN),
    "stand-in.hostile": replies.says(HOSTILE),
    "stand-in.stop-content-filtered": replies.stops_with("content_filtered"),
    "stand-in.stop-guardrail-intervened": replies.stops_with("guardrail_intervened"),
    "stand-in.stop-malformed-model-output": replies.stops_with("malformed_model_output"),
    "stand-in.stop-malformed-tool-use": replies.stops_with("malformed_tool_use"),
    "stand-in.stop-model-context-window-exceeded": replies.stops_with("model_context_window_exceeded"),
}


def _beginning(request: Converse, pieces: Sequence[str]) -> Iterator[Step]:
    yield START
    yield from deltas(request, text_block(pieces), first_token_ms(request))


def _fault(name: str, message: str) -> Send:
    return Send(exception(name, {"message": message}))
