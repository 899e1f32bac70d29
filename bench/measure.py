"""The measurements: the contenders take turns, so that what disturbs the machine disturbs them all."""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median
from typing import TYPE_CHECKING, TypeVar

from bench.contenders import FASTAPI, NAIVE, NODE_RIC, OURS_BOTO3, chats, rotated, runtimes
from bench.function import Function
from bench.runtime_api import StandIn
from bench.scenarios import (
    BULK,
    CHAT_SCENARIOS,
    FEW_TOKENS,
    RUNTIME_SCENARIOS,
    chat_event,
    checked,
    chunks_event,
)
from bench.tls_bedrock import Certificates, TlsBedrock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.contenders import Contender
    from bench.results import Results
    from bench.scenarios import Amounts, Scenario
    from bench.workshop import Workshop

Taker = TypeVar("Taker")


class Measurement:
    """Measures into `results`, and prints what goes on."""

    def __init__(self, workshop: Workshop, amounts: Amounts, results: Results) -> None:
        self._workshop = workshop
        self._amounts = amounts
        self._results = results

    def round(self, number: int) -> None:
        """Measures everything once; in each round another contender is the first."""
        self._runtimes(rotated(runtimes(self._workshop), number))
        self._chats(rotated(chats(self._workshop), number))

    def _runtimes(self, contenders: Sequence[Contender]) -> None:
        _say("runtimes", "cold starts")
        self._cold(contenders, self._cold_runtime)
        self._warm("runtimes", contenders, {}, chunks_event(1), RUNTIME_SCENARIOS)

    def _chats(self, contenders: Sequence[Contender]) -> None:
        _say("chats", "cold starts over TLS")
        packages = self._workshop.python_packages
        certificates = Certificates(self._workshop.home, packages / "botocore" / "cacert.pem")
        with TlsBedrock(certificates) as bedrock:
            self._cold(contenders, lambda contender: self._cold_chat(contender, bedrock, certificates))
        with StandIn(self._workshop.program("bedrock")) as plain:
            endpoint = {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": f"http://{plain.host}"}
            self._warm("chats", contenders, endpoint, chat_event(1), CHAT_SCENARIOS)

    def _cold(self, contenders: Sequence[Contender], once: Callable[[Contender], Mapping[str, float]]) -> None:
        """Adds the medians of what `once` measures in several fresh processes."""
        self._in_turns({contender.key: contender for contender in contenders}, once, self._amounts.cold_starts)

    def _in_turns(
        self, contenders: Mapping[str, Taker], once: Callable[[Taker], Mapping[str, float]], turns: int
    ) -> None:
        """Adds the medians of what `once` measures; turns are short, for the machine's other work comes in waves."""
        measured: dict[str, list[Mapping[str, float]]] = {key: [] for key in contenders}
        for _ in range(turns):
            for key, contender in contenders.items():
                measured[key].append(once(contender))
        for key, values in measured.items():
            for metric in values[0]:
                self._results.add(metric, key, median(one[metric] for one in values))

    def _cold_runtime(self, contender: Contender) -> Mapping[str, float]:
        with Function(contender, self._workshop, {}) as function:
            function.cold_answer(chunks_event(1))
            return {"runtime.cold_ms": (function.asked_ns - function.started_ns) / 1e6}

    def _cold_chat(self, contender: Contender, bedrock: TlsBedrock, certificates: Certificates) -> Mapping[str, float]:
        variables = {
            "BENCH_TLS_PORT": str(bedrock.port),
            "LD_PRELOAD": str(self._workshop.program("resolve.so")),
            **_trust(contender.key, certificates),
        }
        with Function(contender, self._workshop, variables) as function:
            answer = checked(function.cold_answer(chat_event(FEW_TOKENS)), FEW_TOKENS)
            checked(function.answer(chat_event(self._amounts.paced)), self._amounts.paced)
            return {
                "chat.cold_ms": (function.asked_ns - function.started_ns) / 1e6,
                "chat.cold_token_ms": (answer.first_stamp_ns - function.started_ns) / 1e6,
                "chat.rss_mb": function.peak_rss_mb(),
            }

    def _warm(
        self,
        what: str,
        contenders: Sequence[Contender],
        variables: Mapping[str, str],
        first: Mapping[str, object],
        scenarios: Mapping[str, Scenario],
    ) -> None:
        """Carries each scenario out with each contender; all of them live meanwhile, and one of them works."""
        with ExitStack() as stack:
            alive: dict[str, Function] = {}
            for contender in (contender for contender in contenders if not contender.only_cold):
                alive[contender.key] = stack.enter_context(Function(contender, self._workshop, variables))
                alive[contender.key].cold_answer(first)
            for name, scenario in scenarios.items():
                _say(what, name)
                # Memory grows once if it does, and these take long.
                self._one_scenario(alive, scenario, 1 if name == BULK else self._amounts.turns)

    def _one_scenario(self, alive: Mapping[str, Function], scenario: Scenario, turns: int) -> None:
        self._in_turns(alive, lambda function: scenario(function, self._amounts), turns)


def _say(what: str, name: str) -> None:
    print(f"  {what}: {name}", flush=True)


def _trust(key: str, certificates: Certificates) -> Mapping[str, str]:
    """How each client is told of the authority, so that it reads a list as long as the one that it reads on Lambda."""
    if key == NODE_RIC:
        # Its own list is compiled into it.
        return {"NODE_EXTRA_CA_CERTS": str(certificates.root)}
    if key in (NAIVE, FASTAPI, OURS_BOTO3):
        return {"AWS_CA_BUNDLE": str(certificates.bundle)}
    # The system's list, under OpenSSL's own name for another one.
    return {"SSL_CERT_FILE": str(certificates.bundle)}
