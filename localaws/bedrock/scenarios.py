"""What each model id does: the table of scenarios, and the streams they are composed of. No I/O.

A scenario is a function from the request to a Refusal or to the steps of a stream. To add one, write the function and
name it in SCENARIOS; docs/local-aws.md lists them for users, and a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.bedrock.answer import DEFAULT_TOKENS, tokens
from localaws.bedrock.event_stream import event, exception
from localaws.bedrock.steps import Break, Refusal, Send, SendStamp, Step, WaitUntil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from localaws.bedrock.request import Converse

FIRST_TOKEN_MS = 100.0
PACE_MS = 40
TOKENS_BEFORE_FAILURE = 10


def scenario_of(model_id: str) -> Callable[[Converse], Refusal | Iterator[Step]]:
    """Return what a model does; `model_id` may be an id or the ARN of a model or an inference profile."""
    return SCENARIOS.get(model_id.rpartition("/")[2], answers)


def text_delta(text: str) -> bytes:
    """Return the frame of a piece of text."""
    return event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}})


def answers(request: Converse) -> Iterator[Step]:
    """Answer in full."""
    yield from _text(request, _length(request))
    yield from _ending(request)


def fails_mid_stream(request: Converse) -> Iterator[Step]:
    """Send some tokens, then a modelStreamErrorException."""
    yield from _text(request, TOKENS_BEFORE_FAILURE)
    yield _fault("modelStreamErrorException", "The model failed while it generated the answer.")


def throttled_mid_stream(request: Converse) -> Iterator[Step]:
    """Send some tokens, then a throttlingException."""
    yield from _text(request, TOKENS_BEFORE_FAILURE)
    yield _fault("throttlingException", "Too many tokens, please wait before trying again.")


def fails_first_frame(_: Converse) -> Iterator[Step]:
    """Send a modelStreamErrorException before anything else: the HTTP status is 200 all the same."""
    yield _fault("modelStreamErrorException", "The model failed before it generated anything.")


def truncated(request: Converse) -> Iterator[Step]:
    """Send some tokens, then break the connection off."""
    yield from _text(request, TOKENS_BEFORE_FAILURE)
    yield Break()


def ends_silently(request: Converse) -> Iterator[Step]:
    """Send some tokens, then end the HTTP body properly, without messageStop and metadata."""
    yield from _text(request, TOKENS_BEFORE_FAILURE)


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
    "stand-in.fails-mid-stream": fails_mid_stream,
    "stand-in.throttled-mid-stream": throttled_mid_stream,
    "stand-in.fails-first-frame": fails_first_frame,
    "stand-in.truncated": truncated,
    "stand-in.ends-silently": ends_silently,
}


def _length(request: Converse) -> int:
    """The answer's tokens: as many as the directive or the text has, but never more than maxTokens."""
    wanted = request.directive.tokens
    full = len(DEFAULT_TOKENS) if wanted is None else wanted
    return full if request.max_tokens is None else min(full, request.max_tokens)


def _text(request: Converse, count: int) -> Iterator[Step]:
    pace = PACE_MS if request.directive.pace_ms is None else request.directive.pace_ms
    yield Send(event("messageStart", {"role": "assistant"}))
    for index, token in enumerate(tokens(count)):
        if pace:
            yield WaitUntil(FIRST_TOKEN_MS + index * pace)
        yield SendStamp() if request.directive.stamp else Send(text_delta(token))


def _ending(request: Converse) -> Iterator[Step]:
    sent, wanted = _length(request), request.directive.tokens
    limited = sent < (len(DEFAULT_TOKENS) if wanted is None else wanted)
    yield Send(event("contentBlockStop", {"contentBlockIndex": 0}))
    yield Send(event("messageStop", {"stopReason": "max_tokens" if limited else "end_turn"}))
    usage = {"inputTokens": request.input_tokens, "outputTokens": sent, "totalTokens": request.input_tokens + sent}
    pace = PACE_MS if request.directive.pace_ms is None else request.directive.pace_ms
    latency = int(FIRST_TOKEN_MS + max(0, sent - 1) * pace) if pace else 0
    yield Send(event("metadata", {"usage": usage, "metrics": {"latencyMs": latency}}))


def _fault(name: str, message: str) -> Send:
    return Send(exception(name, {"message": message}))
