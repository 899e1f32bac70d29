"""What one contender is asked, and what is made of its answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.results import percentile
from bench.runtime_api import FunctionFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from bench.function import Function
    from bench.runtime_api import Answer

BULK = "bulk"
BULK_BYTES = 65_536
TOKEN_BYTES = 40
MEGABYTE = 1_000_000
FIRST_MB = 10
RUNTIME_PACE_US = 3_000
CHAT_PACE_US = 5_000
BURST = 8
BURST_PACE_US = BURST * CHAT_PACE_US
FEW_TOKENS = 5


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much is measured in a round.

    Attributes:
        cold_starts: Fresh processes.
        turns: How often each contender has its turn in a scenario; the other attributes are for one turn.
    """

    cold_starts: int = 7
    turns: int = 5
    replies: int = 40
    flood: int = 10_000
    paced: int = 100
    bulk_mb: int = 200


QUICK = Amounts(cold_starts=1, turns=1, replies=10, flood=2_000, paced=40, bulk_mb=20)

if TYPE_CHECKING:
    Scenario: TypeAlias = Callable[[Function, Amounts], Mapping[str, float]]


def chunks_event(chunks: int, size: int = TOKEN_BYTES, pace_us: int = 0, *, stamp: bool = False) -> dict[str, object]:
    """Asks a runtime's handler for chunks; see functions/chunks.py."""
    return {"chunks": chunks, "bytes": size, "pace_us": pace_us, "stamp": int(stamp)}


def chat_event(tokens: int, pace_us: int = 0, burst: int = 1, size: int = 1) -> dict[str, object]:
    """A request to a Function URL, whose message says what the model shall answer; see c/bedrock.c."""
    message = f"Count. [tokens={tokens} pace_us={pace_us} burst={burst} size={size}]"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/chat",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "bench.lambda-url.us-east-1.on.aws"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "bench",
            "http": {"method": "POST", "path": "/chat", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
            "requestId": "00000000-0000-4000-8000-000000000000",
            "stage": "$default",
            "timeEpoch": 0,
        },
        "body": json.dumps({"message": message}),
        "isBase64Encoded": False,
    }


def checked(answer: Answer, tokens: int) -> Answer:
    """The answer, when so many tokens with a time came.

    Raises:
        FunctionFailedError: others came: what was measured is something else.
    """
    if answer.stamps != tokens:
        raise FunctionFailedError(f"{answer.stamps} tokens came and not {tokens}, in {answer.bytes} bytes")
    return answer


def _microseconds(answer: Answer, percent: int) -> float:
    return percentile(answer.latencies_ns, percent) / 1000


def _rate_per_ms(count: float, answer: Answer) -> float:
    """From the event's leaving: a runtime that keeps everything back until the end isn't fast."""
    return count / ((answer.last_ns - answer.sent_ns) / 1e6)


def runtime_overhead(function: Function, amounts: Amounts) -> Mapping[str, float]:
    """From `/next` answered to the body's first byte."""
    answers = [function.answer(chunks_event(1)) for _ in range(amounts.replies)]
    return {"runtime.overhead_us": median((answer.first_ns - answer.sent_ns) / 1000 for answer in answers)}


def runtime_flood(function: Function, amounts: Amounts) -> Mapping[str, float]:
    """Chunks as fast as they go; compilers that learn have had their lesson before."""
    function.answer(chunks_event(amounts.flood // 2))
    before_s = function.cpu_s()
    answer = function.answer(chunks_event(amounts.flood))
    return {
        "runtime.flood_kps": _rate_per_ms(amounts.flood, answer),
        "runtime.flood_cpu_us": (function.cpu_s() - before_s) * 1e6 / amounts.flood,
    }


def runtime_paced(function: Function, amounts: Amounts) -> Mapping[str, float]:
    """From making a token to its arrival, at a model's pace."""
    before_s = function.cpu_s()
    answer = checked(function.answer(chunks_event(amounts.paced, pace_us=RUNTIME_PACE_US, stamp=True)), amounts.paced)
    return {
        "runtime.paced_p50_us": _microseconds(answer, 50),
        "runtime.paced_p99_us": _microseconds(answer, 99),
        "runtime.paced_cpu_us": (function.cpu_s() - before_s) * 1e6 / amounts.paced,
    }


def runtime_bulk(function: Function, amounts: Amounts) -> Mapping[str, float]:
    """Large chunks; after the first megabytes no more memory should be needed."""
    function.answer(chunks_event(FIRST_MB * MEGABYTE // BULK_BYTES, BULK_BYTES))
    peak_mb = function.peak_rss_mb()
    answer = function.answer(chunks_event(amounts.bulk_mb * MEGABYTE // BULK_BYTES, BULK_BYTES))
    return {
        "runtime.bulk_mbps": _rate_per_ms(answer.bytes, answer) * 1000 / MEGABYTE,
        "runtime.growth_mb": function.peak_rss_mb() - peak_mb,
        "runtime.rss_mb": function.peak_rss_mb(),
    }


def chat_reply(function: Function, amounts: Amounts) -> Mapping[str, float]:
    """A short answer of a model that takes no time."""
    answers = [checked(function.answer(chat_event(FEW_TOKENS)), FEW_TOKENS) for _ in range(amounts.replies)]
    return {"chat.reply_ms": median((answer.last_ns - answer.sent_ns) / 1e6 for answer in answers)}


def chat_flood(function: Function, amounts: Amounts) -> Mapping[str, float]:
    """Tokens as fast as they go."""
    function.answer(chat_event(amounts.flood // 2))
    before_s = function.cpu_s()
    answer = checked(function.answer(chat_event(amounts.flood)), amounts.flood)
    return {
        "chat.flood_kps": _rate_per_ms(amounts.flood, answer),
        "chat.flood_cpu_us": (function.cpu_s() - before_s) * 1e6 / amounts.flood,
    }


def chat_paced(function: Function, amounts: Amounts) -> Mapping[str, float]:
    """From the model's sending of a token to its arrival, one by one."""
    before_s = function.cpu_s()
    answer = checked(function.answer(chat_event(amounts.paced, CHAT_PACE_US)), amounts.paced)
    return {
        "chat.paced_p50_us": _microseconds(answer, 50),
        "chat.paced_p99_us": _microseconds(answer, 99),
        "chat.paced_cpu_us": (function.cpu_s() - before_s) * 1e6 / amounts.paced,
    }


def chat_bursts(function: Function, amounts: Amounts) -> Mapping[str, float]:
    """The same where tokens come several at a time, as models with speculative decoding send them."""
    before_s = function.cpu_s()
    answer = checked(function.answer(chat_event(amounts.paced, BURST_PACE_US, BURST)), amounts.paced)
    return {
        "chat.burst_p50_us": _microseconds(answer, 50),
        "chat.burst_p99_us": _microseconds(answer, 99),
        "chat.burst_cpu_us": (function.cpu_s() - before_s) * 1e6 / amounts.paced,
    }


def chat_bulk(function: Function, amounts: Amounts) -> Mapping[str, float]:
    """Texts far longer than a token, to look at memory."""
    function.answer(chat_event(FIRST_MB * MEGABYTE // BULK_BYTES, size=BULK_BYTES))
    peak_mb = function.peak_rss_mb()
    answer = function.answer(chat_event(amounts.bulk_mb * MEGABYTE // BULK_BYTES, size=BULK_BYTES))
    return {
        "chat.bulk_mbps": _rate_per_ms(answer.bytes, answer) * 1000 / MEGABYTE,
        "chat.growth_mb": function.peak_rss_mb() - peak_mb,
    }


RUNTIME_SCENARIOS: Mapping[str, Scenario] = {
    "overhead": runtime_overhead,
    "flood": runtime_flood,
    "paced tokens": runtime_paced,
    BULK: runtime_bulk,
}
CHAT_SCENARIOS: Mapping[str, Scenario] = {
    "replies": chat_reply,
    "flood": chat_flood,
    "paced tokens": chat_paced,
    "bursts": chat_bursts,
    BULK: chat_bulk,
}
