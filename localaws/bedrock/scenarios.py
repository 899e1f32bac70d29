"""What each model id does: the table of scenarios, and the streams they are composed of. No I/O.

A scenario is a function from the request to a Refusal or to the steps of a stream. To add one, write the function and
name it in SCENARIOS; docs/local-aws.md lists them for users, and a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.bedrock.answer import DEFAULT_TOKENS, Answer, answer_to
from localaws.bedrock.event_stream import event, exception, with_wrong_crc
from localaws.bedrock.steps import Break, Refusal, Reset, Send, SendHead, SendStamp, Step, WaitUntil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from localaws.bedrock.request import Converse

FIRST_TOKEN_MS = 100.0
PACE_MS = 40
SLOW_MS = 2_500.0
SILENCE_MS = 600_000.0
ARRIVAL_MS = 100.0
"""So long does a client have to read what was sent before a reset, which could destroy it."""

TEN = DEFAULT_TOKENS[:10]
FIVE, NEXT_FIVE = TEN[:5], TEN[5:]
START = Send(event("messageStart", {"role": "assistant"}))
THOUGHTS = ("The question", " is about", " streaming,", " so I explain", " tokens.")
SIGNATURE = "c3RhbmQtaW4gc2lnbmF0dXJl"
TOOL = {"toolUseId": "tooluse_standin0000000000000", "name": "get_weather"}
TOOL_INPUT = ('{"ci', 'ty": "Pra', 'gue", "days": 2', "}")
CITATION = {
    "title": "Streaming",
    "sourceContent": [{"text": "A streamed answer does not wait to be finished."}],
    "location": {"documentChar": {"documentIndex": 0, "start": 0, "end": 47}},
}


def scenario_of(model_id: str) -> Callable[[Converse], Refusal | Iterator[Step]]:
    """Return what a model does; `model_id` may be an id or the ARN of a model or an inference profile."""
    return SCENARIOS.get(model_id.rpartition("/")[2], answers)


def text_delta(text: str, block: int = 0) -> bytes:
    """Return the frame of a piece of text."""
    return _delta({"text": text}, block)


def answers(request: Converse) -> Iterator[Step]:
    """Answer in full."""
    return _whole(request, answer_to(request), _first_ms(request))


def slow_first_token(request: Converse) -> Iterator[Step]:
    """Answer in full, but think for long before the first token."""
    return _whole(request, answer_to(request), SLOW_MS)


def idle_gap(request: Converse) -> Iterator[Step]:
    """Stop for long in the middle of an answer of ten tokens."""
    first_ms = _first_ms(request)
    last_ms = first_ms + _pace_ms(request) * (len(FIVE) - 1)
    yield START
    yield from _text(request, FIVE, first_ms)
    yield from _text(request, NEXT_FIVE, last_ms + SLOW_MS)
    yield _stop_block(0)
    yield from _ending(request, Answer(TEN, "end_turn"), last_ms + SLOW_MS)


def reasoning(request: Converse) -> Iterator[Step]:
    """Think aloud and sign it, in a block of its own, then answer in full."""
    answer, first_ms, pace = answer_to(request), _first_ms(request), _pace_ms(request)
    thoughts = [*({"text": thought} for thought in THOUGHTS), {"signature": SIGNATURE}]
    answer_ms = first_ms + pace * len(thoughts)
    yield START
    yield from _paced([Send(_delta({"reasoningContent": thought})) for thought in thoughts], first_ms, pace)
    yield _stop_block(0)
    yield from _text(request, answer.tokens, answer_ms, block=1)
    yield _stop_block(1)
    yield from _ending(request, answer, answer_ms)


def tool_use(request: Converse) -> Iterator[Step]:
    """Ask for a tool, its input in fragments that are no JSON each."""
    first_ms, pace = _first_ms(request), _pace_ms(request)
    yield START
    yield Send(event("contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": TOOL}}))
    yield from _paced([Send(_delta({"toolUse": {"input": piece}})) for piece in TOOL_INPUT], first_ms, pace)
    yield _stop_block(0)
    yield from _ending(request, Answer(TOOL_INPUT, "tool_use"), first_ms)


def citations(request: Converse) -> Iterator[Step]:
    """Answer in full, and name a source for it."""
    answer, first_ms = answer_to(request), _first_ms(request)
    yield START
    yield from _text(request, answer.tokens, first_ms)
    yield Send(_delta({"citation": CITATION}))
    yield _stop_block(0)
    yield from _ending(request, answer, first_ms)


def malformed(request: Converse) -> Iterator[Step]:
    """Send some tokens, then a frame with a wrong checksum; but for this the answer is whole."""
    yield from _beginning(request, FIVE)
    yield Send(with_wrong_crc(text_delta(NEXT_FIVE[0])))
    yield _stop_block(0)
    yield from _ending(request, Answer(TEN[:6], "end_turn"), _first_ms(request))


def reset(request: Converse) -> Iterator[Step]:
    """Send some tokens, then reset the connection."""
    yield from _beginning(request, FIVE)
    yield WaitUntil(_first_ms(request) + _pace_ms(request) * (len(FIVE) - 1) + ARRIVAL_MS)
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
    "stand-in.slow-first-token": slow_first_token,
    "stand-in.idle-gap": idle_gap,
    "stand-in.reasoning": reasoning,
    "stand-in.tool-use": tool_use,
    "stand-in.citations": citations,
}


def _whole(request: Converse, answer: Answer, first_ms: float) -> Iterator[Step]:
    yield START
    yield from _text(request, answer.tokens, first_ms)
    yield _stop_block(0)
    yield from _ending(request, answer, first_ms)


def _beginning(request: Converse, pieces: Sequence[str]) -> Iterator[Step]:
    yield START
    yield from _text(request, pieces, _first_ms(request))


def _text(request: Converse, pieces: Sequence[str], first_ms: float, block: int = 0) -> Iterator[Step]:
    if request.directive.stamp:
        return _paced((SendStamp(block) for _ in pieces), first_ms, _pace_ms(request))
    return _paced((Send(text_delta(piece, block)) for piece in pieces), first_ms, _pace_ms(request))


def _paced(steps: Iterable[Step], first_ms: float, pace_ms: float) -> Iterator[Step]:
    """Yield the steps, each at its time; at no pace only the first one waits."""
    for index, step in enumerate(steps):
        if pace_ms or (index == 0 and first_ms):
            yield WaitUntil(first_ms + index * pace_ms)
        yield step


def _pace_ms(request: Converse) -> float:
    return PACE_MS if request.directive.pace_ms is None else request.directive.pace_ms


def _first_ms(request: Converse) -> float:
    return FIRST_TOKEN_MS if _pace_ms(request) else 0.0


def _stop_block(index: int) -> Send:
    return Send(event("contentBlockStop", {"contentBlockIndex": index}))


def _ending(request: Converse, answer: Answer, first_ms: float) -> Iterator[Step]:
    sent = len(answer.tokens)
    yield Send(event("messageStop", {"stopReason": answer.stop_reason}))
    usage = {"inputTokens": request.input_tokens, "outputTokens": sent, "totalTokens": request.input_tokens + sent}
    latency_ms = int(first_ms + max(0, sent - 1) * _pace_ms(request))
    yield Send(event("metadata", {"usage": usage, "metrics": {"latencyMs": latency_ms}}))


def _delta(delta: Mapping[str, object], block: int = 0) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": block, "delta": delta})


def _fault(name: str, message: str) -> Send:
    return Send(exception(name, {"message": message}))
