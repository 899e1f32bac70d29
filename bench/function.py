"""One contender's process, or processes: started, asked, and weighed."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bench.runtime_api import FunctionFailedError, RuntimeApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Self

    from bench.contenders import Contender
    from bench.runtime_api import Answer
    from bench.workshop import Workshop

Told = TypeVar("Told")

# Lambda's own variables, of a function in us-east-1; the keys are nobody's.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "session",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_EXECUTION_ENV": "AWS_Lambda_bench",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/bench",
    "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
    "BEDROCK_CHAT_MODEL_ID": "us.amazon.nova-lite-v1:0",
    "LANG": "en_US.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    # A function's own folder is read-only: what was not compiled when it was packaged never is.
    "PYTHONDONTWRITEBYTECODE": "1",
    "TZ": ":UTC",
}
ENDING_S = 10


class Function:
    """A contender that runs, with a Runtime API of its own. A context manager.

    Attributes:
        started_ns: When its process was started.
        asked_ns: When it asked for its first invocation.
    """

    def __init__(self, contender: Contender, workshop: Workshop, variables: Mapping[str, str]) -> None:
        self._key = contender.key
        self._api = RuntimeApi(workshop.program("runtime_api"))
        environment = {
            **ENVIRONMENT,
            "HOME": str(workshop.home),
            "AWS_LAMBDA_RUNTIME_API": self._api.host,
            "LAMBDA_RUNTIME_DIR": str(workshop.home),
            "LAMBDA_TASK_ROOT": str(contender.task),
            "_HANDLER": contender.handler,
            **contender.variables,
            **variables,
        }
        with Path(workshop.home, f"{contender.key}.log").open("ab") as log:
            self.started_ns = time.monotonic_ns()
            self._process = subprocess.Popen(
                contender.command, env=environment, cwd=contender.task, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pid in reversed(list(_tree(self._process.pid))[1:]):
            subprocess.run(["kill", str(pid)], check=False)  # noqa: S607 - wherever the system has it
        self._process.kill()
        self._process.wait(ENDING_S)
        self._api.__exit__()

    def cold_answer(self, event: Mapping[str, object]) -> Answer:
        """The answer to the first invocation, which waits for the function and not the other way round."""
        self._api.hand_out(event)
        self.asked_ns = self._told(self._api.asked_ns)
        return self._answer()

    def answer(self, event: Mapping[str, object]) -> Answer:
        """The answer to a further invocation."""
        self._api.hand_out(event)
        return self._answer()

    def _answer(self) -> Answer:
        """The next invocation has been asked for when this returns, so what this one costs is spent."""
        answer = self._told(self._api.answer)
        self._told(self._api.asked_ns)
        return answer

    def _told(self, read: Callable[[], Told]) -> Told:
        try:
            return read()
        except FunctionFailedError as error:
            raise FunctionFailedError(f"{self._key}: {error}") from error

    def cpu_s(self) -> float:
        """The CPU time that all its processes have used, as exact as the kernel has it."""
        return sum(time.clock_gettime(_cpu_clock(pid)) for pid in _tree(self._process.pid))

    def peak_rss_mb(self) -> float:
        """The most memory that its processes have had, each at its own moment, in megabytes of 2**20 bytes."""
        return sum(_peak_rss_kb(pid) for pid in _tree(self._process.pid)) / 1024


def _cpu_clock(pid: int) -> int:
    """The clock of another process, as clock_getcpuclockid makes it: /proc has it in hundredths of a second only."""
    cpu_clock_sched = 2
    return (~pid << 3) | cpu_clock_sched


def _tree(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for children in Path("/proc", str(pid), "task").glob("*/children"):
        for child in children.read_text().split():
            yield from _tree(int(child))


def _peak_rss_kb(pid: int) -> int:
    status = Path("/proc", str(pid), "status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
