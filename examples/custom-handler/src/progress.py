"""POST /progress: a job that reports how far it is, as server-sent events."""

import tempfile
import time
from pathlib import Path

from answers import json_object, number
from lambda_stream import sse_event, sse_response

PAUSE_S = 0.1


def handle(request):
    """`{"steps": 5}`; with `"fail_at": 3` the third step fails."""
    body = json_object(request)
    steps = number(body.get("steps", 5), "steps", 1, 100)
    fail_at = number(body.get("fail_at", 0), "fail_at", 0, steps)
    return sse_response(report(steps, fail_at))


def report(steps, fail_at):
    """started, progress n of m, complete; or error, after which nothing comes."""
    scratch = Path(tempfile.mkdtemp(prefix="job-"))
    try:
        yield sse_event({"steps": steps}, event="started")
        for n in range(1, steps + 1):
            work(scratch, n, fail_at)
            yield sse_event({"n": n, "of": steps}, event="progress")
        yield sse_event({"files": len(list(scratch.iterdir()))}, event="complete")
    except Exception as error:
        # The status was 200 long ago: only the stream itself can tell the client. Raised again for log and metrics.
        yield sse_event({"message": str(error)}, event="error")
        raise
    finally:
        # Runs at the end, after a failure, and when the function's time is up. A client that hangs up ends nothing.
        for file in scratch.iterdir():
            file.unlink()
        scratch.rmdir()
        print(f"cleaned up {scratch}")


def work(scratch, n, fail_at):
    """One step."""
    time.sleep(PAUSE_S)
    if n == fail_at:
        raise RuntimeError(f"step {n} failed, as asked")
    (scratch / str(n)).write_text("done")
