"""The run as one HTML file that needs nothing else: no script, no other host. No I/O."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from stream_check.finding import Outcome
from stream_check.report.marks import marks_of
from stream_check.report.plot import STYLE as PLOT_STYLE
from stream_check.report.plot import description, marks_drawn, plot
from stream_check.report.text import counted, fit, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stream_check.finding import Finding
    from stream_check.recording import Recording
    from stream_check.report.run import Run

SYMBOLS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.NOT_TRIED: "–", Outcome.BROKEN: "!"}  # noqa: RUF001
CLASSES = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.NOT_TRIED: "not-tried",
    Outcome.BROKEN: "broken",
}
# What says who answered, and what may hold a stream back. Other headers may hold secrets, such as cookies.
TELLING_HEADERS = frozenset(
    {
        "age",
        "apigw-requestid",
        "cache-control",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "server",
        "transfer-encoding",
        "via",
        "x-accel-buffering",
        "x-amz-apigw-id",
        "x-amz-cf-id",
        "x-amz-cf-pop",
        "x-amzn-errortype",
        "x-amzn-requestid",
        "x-cache",
    }
)
# Even a mistake in the escaping could load and run nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = """
:root { color-scheme: light dark; --page: #fff; --ink: #1c2128; --soft: #57606a; --line: #d8dee4; --raised: #f6f8fa;
  --green: #116329; --red: #b31d28; --amber: #8a4b00; --blue: #0757ba; }
@media (prefers-color-scheme: dark) { :root { --page: #0f1419; --ink: #e6edf3; --soft: #a3adb8; --line: #30363d;
  --raised: #171d24; --green: #56d364; --red: #ff8a80; --amber: #f0b04a; --blue: #79b8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.25rem 4rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 2rem 0 .25rem; }
a { color: var(--blue); }
code, .id { font-family: ui-monospace, monospace; font-size: .875em; }
.soft { color: var(--soft); margin: .25rem 0; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 1rem 0; padding: 0; }
.counts li { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: .25rem .75rem; }
.passed { color: var(--green); } .failed { color: var(--red); } .broken { color: var(--amber); }
.not-tried { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { border-top: 1px solid var(--line); padding: .5rem .75rem .5rem 0; text-align: left; vertical-align: top; }
thead th { border: 0; color: var(--soft); font-size: .875rem; font-weight: 500; }
tbody th { font-weight: 500; }
.findings .outcome { white-space: nowrap; font-weight: 600; }
.time { text-align: right; padding-right: 0; white-space: nowrap; font-variant-numeric: tabular-nums; }
.id { display: block; color: var(--soft); font-weight: 400; }
.hints { margin: .5rem 0 0; padding-left: 1.25rem; }
.figures { min-width: 40rem; margin-top: .75rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
.figures td { border: 0; padding-top: 0; }
.figures th { padding-bottom: 0; }
.headers th { width: 14rem; color: var(--soft); font-weight: 400; }
details { margin-top: .75rem; } summary { cursor: pointer; }
@media (min-width: 44rem) { .findings .outcome { width: 7rem; } .findings .check { width: 17rem; } }
@media (max-width: 44rem) {
  .findings, .findings tbody, .findings tr, .findings td, .findings tbody th { display: block; }
  .findings thead, .findings .time { display: none; }
  .findings tr { border-top: 1px solid var(--line); padding: .5rem 0; }
  .findings td, .findings tbody th { border: 0; padding: .125rem 0; }
}
figure { margin: 1rem 0 0; } figcaption { color: var(--soft); font-size: .875rem; }
"""


def html_text(run: Run) -> str:
    """The page; to be written as UTF-8."""
    word = "passed" if run.ok else "failed"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_text(POLICY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>Stream check {word}: {_text(run.url)}</title>",
            f"<style>{STYLE}{PLOT_STYLE}</style>",
            "</head>",
            "<body>",
            *_summary(run, word),
            *_findings(run),
            *_streams(run),
            "</body>",
            "</html>",
            "",
        ]
    )


def _text(text: str) -> str:
    """Safe in an element and in an attribute."""
    return escape(fit(text))


def _summary(run: Run, word: str) -> Iterator[str]:
    yield "<header>"
    yield f'<h1>Stream check <span class="{word}">{word}</span></h1>'
    yield f'<p class="soft"><code>{_text(run.url)}</code></p>'
    yield (
        f'<p class="soft"><time datetime="{run.started.isoformat()}">{run.started:%Y-%m-%d %H:%M:%S} UTC</time>, '
        f"{seconds(run.seconds)}</p>"
    )
    yield '<ul class="counts">'
    for outcome, count in run.counts.items():
        yield f'<li class="{CLASSES[outcome]}">{SYMBOLS[outcome]} {count} {outcome}</li>'
    yield "</ul>"
    yield "</header>"


def _findings(run: Run) -> Iterator[str]:
    yield '<main><section aria-labelledby="findings"><h2 id="findings">Findings</h2>'
    if not run.findings:
        yield '<p class="soft">Nothing was checked.</p></section>'
        return
    yield '<table class="findings">'
    yield "<caption>What each check found</caption>"
    yield "<thead><tr>"
    yield '<th scope="col">Result</th><th scope="col">Check</th><th scope="col">Found</th>'
    yield '<th scope="col" class="time">Took</th></tr></thead>'
    yield "<tbody>"
    yield from map(_finding, run.findings)
    yield "</tbody></table></section>"


def _finding(finding: Finding) -> str:
    hints = "".join(f"<li>{_text(hint)}</li>" for hint in finding.hints)
    reasons = f'<ul class="hints" aria-label="Likely reasons, likeliest first">{hints}</ul>' if hints else ""
    return (
        f'<tr><td class="outcome {CLASSES[finding.outcome]}">{SYMBOLS[finding.outcome]} {finding.outcome}</td>'
        f'<th scope="row" class="check">{_text(finding.title)}<span class="id">{_text(finding.id)}</span></th>'
        f'<td>{_text(finding.detail)}{reasons}</td><td class="time">{finding.seconds:.2f} s</td></tr>'
    )


def _streams(run: Run) -> Iterator[str]:
    yield '<section aria-labelledby="streams"><h2 id="streams">Streams</h2>'
    if not run.recordings:
        yield '<p class="soft">No answer was recorded.</p>'
    for number, (name, recording) in enumerate(run.recordings.items(), 1):
        yield from _stream(f"stream-{number}", name, recording)
    yield "</section></main>"


def _stream(key: str, name: str, recording: Recording) -> Iterator[str]:
    yield f'<article aria-labelledby="{key}"><h3 id="{key}">{_text(name)}</h3>'
    yield f'<p class="soft"><code>{_text(recording.method)} {_text(recording.url)}</code></p>'
    if recording.broken is not None:
        yield f'<p class="failed">Broken off: {_text(recording.broken)}</p>'
    yield f'<figure><div class="scroll" role="region" aria-labelledby="{key}-plot-title" tabindex="0">'
    yield plot(f"{key}-plot", name, recording)
    yield f"</div><figcaption>{_text(_legend(recording))}</figcaption></figure>"
    yield _figures_table(key, dict(_figures(recording)))
    headers = [header for header in recording.headers if header[0].lower() in TELLING_HEADERS]
    if headers:
        yield "<details><summary>Headers that say who answered, and how</summary>"
        yield _headers_table(headers)
        yield "</details>"
    yield "</article>"


def _legend(recording: Recording) -> str:
    drawn, pieces = marks_drawn(recording), len(recording.pieces)
    dots = "A dot for each piece." if drawn == pieces else f"{drawn:,} dots stand for {counted(pieces, 'piece')}."
    return f"{description(recording)} {dots}" if pieces else description(recording)


def _figures(recording: Recording) -> Iterator[tuple[str, str]]:
    yield "Status", str(recording.status)
    yield "Content type", recording.content_type or "none"
    yield "Head", seconds(recording.head_s)
    yield "First byte", "none" if recording.first_byte_s is None else seconds(recording.first_byte_s)
    yield "End" if recording.broken is None else "Broken off", seconds(recording.end_s)
    yield "Bytes", f"{len(recording.body):,}"
    yield "Pieces", f"{len(recording.pieces):,}"
    yield "Moments", f"{len(recording.moments_s):,}"
    marks = marks_of(recording)
    if marks is not None:
        yield "Events", f"{len(marks.events_s):,}"
        yield "Heartbeats", f"{len(marks.heartbeats_s):,}"


def _figures_table(key: str, figures: Mapping[str, str]) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in figures)
    cells = "".join(f"<td>{_text(value)}</td>" for value in figures.values())
    return (
        f'<div class="scroll" role="region" aria-labelledby="{key}-figures" tabindex="0"><table class="figures">'
        f'<caption id="{key}-figures">Figures of this answer</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody><tr>{cells}</tr></tbody></table></div>"
    )


def _headers_table(headers: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f'<tr><th scope="row">{_text(name)}</th><td>{_text(value)}</td></tr>' for name, value in headers)
    return f'<table class="headers"><caption>Headers of this answer</caption><tbody>{cells}</tbody></table>'
