"""docs/benchmarks.md, from what was measured. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import cost, tables
from bench.contenders import CHATS, RUNTIMES
from bench.results import CHAT_METRICS, RUNTIME_METRICS
from bench.scenarios import BURST, CHAT_PACE_US, RUNTIME_PACE_US

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.results import Results

CHAT_PLOT, RUNTIME_PLOT = "benchmarks-chat.svg", "benchmarks-runtime.svg"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the benchmark.

    Attributes:
        facts: What it ran on and with, by what is told of it.
        quick: Whether it only tried that everything runs.
    """

    results: Results
    facts: Mapping[str, str]
    rounds: int
    quick: bool


def document(run: Run) -> str:
    """The whole page."""
    return "\n".join([_head(run), _targets(run), _chats(run), _runtimes(run), _costs(run), HOW_TO_READ, METHOD])


def _head(run: Run) -> str:
    rounds = f"{run.rounds} round{'s' if run.rounds > 1 else ''}"
    intro = f"""# Benchmarks

The function beside what else one could deploy, all measured in one run of {rounds} on one machine. `make bench` wrote
this page; quote its ratios, not its absolute values.
"""
    lines = [intro]
    if run.quick:
        lines += ["This was a quick run: it shows that everything works, and its numbers mean nothing.", ""]
    lines += [f"- {name}: {fact}" for name, fact in run.facts.items()]
    return "\n".join([*lines, ""])


def _targets(run: Run) -> str:
    lines = ["## Targets", "", "Median of the rounds' ratios, and the least and the greatest of them.", ""]
    lines.append(tables.targets(run.results))
    sentences = tables.better_peers(run.results)
    lines += ["### Where a peer is better", ""]
    lines += [f"- {sentence}." for sentence in sentences] or ["Nowhere in this run."]
    return "\n".join([*lines, ""])


def _chats(run: Run) -> str:
    table = tables.measured(run.results, CHAT_METRICS, CHATS)
    return _section("Chats with Bedrock", "From Bedrock's bytes to the Runtime API's.", table, CHAT_PLOT)


def _runtimes(run: Run) -> str:
    table = tables.measured(run.results, RUNTIME_METRICS, RUNTIMES)
    return _section("Runtimes alone", "The same simple handler in each.", table, RUNTIME_PLOT)


def _section(title: str, what: str, table: str, picture: str) -> str:
    return f"""## {title}

{what} Medians of the rounds; in brackets, how many times ours.

{table}
![{title}]({picture})

The thin lines go from the least round to the greatest.
"""


def _costs(run: Run) -> str:
    pace_ms = CHAT_PACE_US / 1000
    paced = tables.costs(run.results, CHATS, pace_ms, "chat.paced_cpu_us")
    flood = tables.costs(run.results, CHATS, 0, "chat.flood_cpu_us")
    return f"""## What a million tokens cost on Lambda

Reckoned, not billed: US cents for a million tokens in answers of {cost.ANSWER_TOKENS}, and US$ for a million cold
starts. What Bedrock asks for the tokens themselves is many times that.

An answer lasts as long as its tokens need at the model's pace, or as long as their CPU time needs at the function's
share of a vCPU, which is its memory / {cost.MB_PER_VCPU:,} MB, whichever is longer. That is rounded up to
milliseconds and costs US$ {cost.USD_PER_GB_S:.10f} for each GB and second (us-east-1, arm64, first tier), and the
request US$ {cost.USD_PER_REQUEST * 1e6:.2f} for a million. A cold start is billed up to `/next`, as measured: Lambda
doesn't throttle it. A "{tables.NOTHING}" is where the peak RSS exceeds the memory. The CPU time is this machine's; a
vCPU of Lambda's is another, so compare the rows.

At a model's pace of {pace_ms:g} ms for a token the model sets the duration, so whoever keeps up pays the same, and what
counts is the least memory with which one keeps up:

{paced}
When tokens wait for the function (an answer out of a cache, a fast model), CPU time is the price:

{flood}"""


HOW_TO_READ = """## How to read it

- **cold start**: from starting the process to its first request of `/next`. **To the first token over TLS**: to the
  first token of the first invocation, which waits for the function; Bedrock answers at once.
- **overhead**: from sending the invocation to the first byte of the response's body.
- **chunks/s, tokens/s**: from sending the invocation to the last byte of the body, so that a runtime that keeps
  everything back to the end isn't fast.
- **p50, p99**: from making a token to its arrival at the Runtime API, over all tokens of a turn.
- **CPU**: of all the contender's processes, from the kernel's own clock of them.
- **peak RSS**: the sum over its processes of the most memory that each had. **Growth**: how much that rose while 200 MB
  went through, after the first 10 MB.
"""

METHOD = f"""## How it is measured

- Everything runs on 127.0.0.1. The Runtime API and Bedrock are programs in C (`bench/c`); the former times every read.
  The contenders take short turns in each measurement, of which a round's value is the median, and in each round
  another one is first.
- Tokens of runtimes alone come every {RUNTIME_PACE_US / 1000:g} ms, Bedrock's every {CHAT_PACE_US / 1000:g} ms, or
  {BURST} at once every {BURST * CHAT_PACE_US / 1000:g} ms.
- **Ours** is `dist/handler.zip`, unpacked and started by its `bootstrap`. Where it is measured with bytecode, that was
  compiled beside it for this machine's Python, unchecked, as the archive has it for Lambda's default one. "Without
  bytecode" is any other version: Lambda's folder is read-only, so nothing is compiled later.
- **The C client** has its handler compiled into it: nothing can be faster. **http.client** is in `bench/functions`.
  **Node.js** is Lambda's version with AWS's own client, not bundled, over HTTP/1.1, which is what the stand-in speaks.
  **FastAPI** runs in uvicorn behind a pass-through in C that does less than the Lambda Web Adapter.
- The peers write one event per text of the model and check nothing. Ours also writes start, usage and end, and the
  prelude with status and headers.
- Over TLS every client calls AWS's own name for the endpoint, which leads to this machine, and trusts an authority that
  is named as Amazon's and stands among the usual others. The server is Python's; its share of the handshake is in every
  value.
- The interpreter is this machine's and not Lambda's, and so is the processor: the values will differ there. The ratios
  should not differ much; that has not been tried.
"""
