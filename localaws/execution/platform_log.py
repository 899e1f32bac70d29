"""The lines that Lambda itself writes into a function's log. No I/O.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html (START, END, REPORT) and
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (the JSON form).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What one invocation used; `init_ms` is None on a warm environment, `restore_ms` where nothing was restored."""

    duration_ms: float
    init_ms: float | None
    memory_mb: int
    max_memory_used_mb: int
    restore_ms: float | None = None

    @property
    def billed_ms(self) -> int:
        """Return the duration that is billed: since August 2025 the init phase counts."""
        return math.ceil(self.duration_ms + (self.init_ms or 0.0))


@dataclass(frozen=True, slots=True)
class PlatformLog:
    """Writes the lines of one function version in its format."""

    version: str
    as_json: bool

    def start(self, request_id: str, now: float) -> str:
        """Return the line at the start of an invocation."""
        if self.as_json:
            return _record(now, "platform.start", {"requestId": request_id, "version": self.version})
        return f"START RequestId: {request_id} Version: {self.version}"

    def end(self, request_id: str) -> list[str]:
        """Return the line at its end; JSON logs have none."""
        return [] if self.as_json else [f"END RequestId: {request_id}"]

    def report(self, request_id: str, usage: Usage, now: float, status: str) -> str:
        """Return the line with the figures; `status` is success, error, timeout or failure."""
        if self.as_json:
            record: dict[str, object] = {"requestId": request_id, "status": status, "metrics": _metrics(usage)}
            return _record(now, "platform.report", record)
        init = "" if usage.init_ms is None else f"Init Duration: {usage.init_ms:.2f} ms\t"
        restore = "" if usage.restore_ms is None else f"Restore Duration: {usage.restore_ms:.2f} ms\t"
        return (
            f"REPORT RequestId: {request_id}\tDuration: {usage.duration_ms:.2f} ms\t"
            f"Billed Duration: {usage.billed_ms} ms\tMemory Size: {usage.memory_mb} MB\t"
            f"Max Memory Used: {usage.max_memory_used_mb} MB\t{init}{restore}"
        )

    def restored(self, duration_ms: float, now: float, status: str) -> str:
        """Return the line of a restore from a snapshot; `status` is success, error or timeout."""
        if self.as_json:
            record: dict[str, object] = {"status": status, "metrics": {"durationMs": round(duration_ms, 3)}}
            return _record(now, "platform.restoreReport", record)
        failed = "" if status == "success" else f"\tStatus: {status}"
        return f"RESTORE_REPORT Restore Duration: {duration_ms:.2f} ms{failed}"

    def timed_out(self, request_id: str, seconds: float, now: float) -> str:
        """Return the line of an invocation that reached its timeout."""
        return f"{timestamp(now)} {request_id} Task timed out after {seconds:.2f} seconds"

    def failed(self, request_id: str, message: str) -> str:
        """Return the line of an invocation whose process failed."""
        return f"RequestId: {request_id} Error: {message}"


def timestamp(now: float) -> str:
    """Return a time as Lambda prints it: UTC, milliseconds, Z."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _record(now: float, kind: str, record: dict[str, object]) -> str:
    return json.dumps({"time": timestamp(now), "type": kind, "record": record}, separators=(",", ":"))


def _metrics(usage: Usage) -> dict[str, float]:
    init = {} if usage.init_ms is None else {"initDurationMs": round(usage.init_ms, 3)}
    restore = {} if usage.restore_ms is None else {"restoreDurationMs": round(usage.restore_ms, 3)}
    return {
        "durationMs": round(usage.duration_ms, 3),
        "billedDurationMs": usage.billed_ms,
        "memorySizeMB": usage.memory_mb,
        "maxMemoryUsedMB": usage.max_memory_used_mb,
        **init,
        **restore,
    }
