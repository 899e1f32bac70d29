"""Measures, prints the tables, and writes docs/benchmarks.md with its plots.

python -m bench [--rounds N] [--quick] [--zip FILE]
python -m bench --render FILE      the page once more, from what a run has kept
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench import machine, tables
from bench.contenders import CHATS, RUNTIMES
from bench.document import CHAT_PLOT, RUNTIME_PLOT, Run, document
from bench.measure import Measurement
from bench.plots import plot
from bench.results import CHAT_METRICS, RUNTIME_METRICS, Results
from bench.runtime_api import FunctionFailedError
from bench.scenarios import QUICK, Amounts
from bench.workshop import BUILD, ROOT, Workshop

PLOTTED = {
    "runtime.cold_ms",
    "runtime.overhead_us",
    "runtime.paced_p50_us",
    "runtime.paced_cpu_us",
    "chat.cold_ms",
    "chat.cold_token_ms",
    "chat.paced_p50_us",
    "chat.paced_cpu_us",
    "chat.flood_kps",
    "chat.rss_mb",
}


def main() -> int:
    options = _parse()
    try:
        run = _restored(options.render) if options.render else _measured(options)
    except FunctionFailedError as error:
        print(f"bench: {error}; its log is in {BUILD / 'home'}", file=sys.stderr)
        return 1
    # A quick run must not pass for a measurement.
    folder = BUILD if run.quick else ROOT / "docs"
    _write(run, folder)
    _show(run)
    print(f"written to {(folder / 'benchmarks.md').relative_to(ROOT)}")
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the function beside its peers.")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured; default: 5")
    parser.add_argument("--quick", action="store_true", help="only try that everything runs")
    parser.add_argument(
        "--zip", type=Path, default=ROOT / "dist" / "handler.zip", help="another archive of the function"
    )
    parser.add_argument("--render", type=Path, metavar="FILE", help="measure nothing: take what a run has kept")
    return parser.parse_args()


def _measured(options: argparse.Namespace) -> Run:
    workshop = Workshop.set_up(options.zip)
    facts, load = machine.facts(workshop), machine.load()
    results = Results()
    measurement = Measurement(workshop, QUICK if options.quick else Amounts(), results)
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        measurement.round(number)
    facts["Load before the run"] = f"{load:.1f} processes"
    run = Run(results, facts, options.rounds, options.quick)
    kept = {"rounds": run.rounds, "quick": run.quick, "facts": facts, "results": results.rounds}
    (BUILD / "results.json").write_text(json.dumps(kept, indent=1))
    return run


def _restored(path: Path) -> Run:
    kept = json.loads(path.read_text())
    return Run(Results(kept["results"]), kept["facts"], kept["rounds"], kept["quick"])


def _write(run: Run, folder: Path) -> None:
    (folder / "benchmarks.md").write_text(document(run))
    for name, title, metrics, names in (
        (RUNTIME_PLOT, "Runtimes alone", RUNTIME_METRICS, RUNTIMES),
        (CHAT_PLOT, "Chats with Bedrock", CHAT_METRICS, CHATS),
    ):
        drawn = [metric for metric in metrics if metric.key in PLOTTED]
        (folder / name).write_text(plot(title, run.results, drawn, names))


def _show(run: Run) -> None:
    print()
    print(tables.measured(run.results, RUNTIME_METRICS, RUNTIMES))
    print(tables.measured(run.results, CHAT_METRICS, CHATS))
    print(tables.targets(run.results))


if __name__ == "__main__":
    sys.exit(main())
