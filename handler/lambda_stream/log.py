"""The function's log: where its records go, and the runtime's own records in the form that the operator chose.

Lambda hands a runtime a file descriptor for framed records, so that a record of many lines stays one event; without
it standard output is the log. `logging` is set up when somebody imports it, and not before: it costs a cold start 8 ms.
Source: docs.aws.amazon.com/lambda/latest/dg/python-logging.html; the frames are those of AWS's own runtime.
"""

import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Protocol

    from lambda_stream.failure import Failure
    from lambda_stream.runtime_api import Invocation

    class Sink(Protocol):
        """Where records go."""

        def write(self, message: str, kind: int) -> None:
            """Writes one record of the frame type `kind`."""

        def write_lines(self, lines: Sequence[str], kind: int) -> None:
            """Writes one record of several lines."""


FORMAT_VARIABLE = "AWS_LAMBDA_LOG_FORMAT"
LEVEL_VARIABLE = "AWS_LAMBDA_LOG_LEVEL"
DESCRIPTOR_VARIABLE = "_LAMBDA_TELEMETRY_LOG_FD"

TIMESTAMP_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

# The levels of `logging`, which is not imported here.
ERROR = 40

FRAME_TYPE = 0xA55A0002
FRAME_IS_TEXT = 1
FRAME_LEVELS = {0: 0, 10: 8, 20: 12, 30: 16, 40: 20, 50: 24}
MICROSECONDS = 1_000

# CloudWatch drops blanks at the beginning of a line.
INDENT = "\N{NO-BREAK SPACE}"


def frame_type(level: int, *, as_json: bool) -> int:
    """The type of a frame: its form, and its level in steps of ten, so that Lambda can filter by it."""
    step = min(50, max(0, level)) // 10 * 10
    return FRAME_TYPE + FRAME_LEVELS[step] + (0 if as_json else FRAME_IS_TEXT)


def encode_frame(message: str, kind: int, time_us: int) -> bytes:
    """A record in its frame: type and length of 4 bytes, time in microseconds of 8, all big-endian, then the text."""
    data = message.encode("utf-8", "backslashreplace")
    return kind.to_bytes(4, "big") + len(data).to_bytes(4, "big") + time_us.to_bytes(8, "big") + data


class StandardOutput:
    """Writes records to whatever standard output is at that moment: a handler may have replaced it.

    There CloudWatch makes an event of each line, so lines that belong together are joined by carriage returns.
    """

    def write(self, message: str, kind: int) -> None:
        """Writes one record; `kind` says nothing here."""
        del kind
        try:
            sys.stdout.write(message)
            sys.stdout.flush()
        except Exception:  # noqa: BLE001, S110 - a handler may close it or put anything in its place; it then has no log
            pass

    def write_lines(self, lines: "Sequence[str]", kind: int) -> None:
        """Writes one record of several lines."""
        self.write("\r".join(lines) + "\n", kind)


class FramedDescriptor:
    """Writes records as frames to the file descriptor that Lambda reads."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, message: str, kind: int) -> None:
        """Writes one record of the frame type `kind`."""
        data = encode_frame(message, kind, time.time_ns() // MICROSECONDS)
        while data:
            data = data[os.write(self._descriptor, data) :]

    def write_lines(self, lines: "Sequence[str]", kind: int) -> None:
        """Writes one record of several lines."""
        self.write("\n".join(lines), kind)


class FunctionLog:
    """The log of one function, and the invocation that its records belong to."""

    def __init__(self, sink: "Sink", *, as_json: bool = False, level: str | None = None) -> None:
        self.as_json = as_json
        self.level = level
        self.request_id = ""
        self.tenant_id: str | None = None
        self._sink = sink

    @classmethod
    def from_environment(cls, environment: "MutableMapping[str, str]") -> "FunctionLog":
        """The log that Lambda asks for. The descriptor's variable is removed: it is not the handler's business."""
        descriptor = environment.pop(DESCRIPTOR_VARIABLE, None)
        level = environment.get(LEVEL_VARIABLE, "").upper()
        return cls(
            FramedDescriptor(int(descriptor)) if descriptor else StandardOutput(),
            as_json=environment.get(FORMAT_VARIABLE, "").upper() == "JSON",
            level={"": None, "TRACE": "DEBUG"}.get(level, level),
        )

    def belongs_to(self, invocation: "Invocation") -> None:
        """From here on records carry this invocation's ids."""
        self.request_id = invocation.request_id
        self.tenant_id = invocation.tenant_id

    def write(self, message: str, level: int = 0, *, as_json: bool = False) -> None:
        """Writes one record as it is."""
        self._sink.write(message, frame_type(level, as_json=as_json))

    def failure(self, failure: "Failure") -> None:
        """Writes a failure, with its traceback, as one record."""
        self._error(failure.to_document(), failure.to_lines())

    def error(self, message: str) -> None:
        """Writes a sentence of the runtime's own."""
        self._error({"message": message, "requestId": self.request_id}, [f"[ERROR] {message}"])

    def _error(self, document: "Mapping[str, object]", lines: "Sequence[str]") -> None:
        if self.as_json:
            stamp = time.strftime(TIMESTAMP_FORMAT, time.gmtime())
            lines = [json.dumps({"timestamp": stamp, "level": "ERROR", **document}, ensure_ascii=False)]
        else:
            lines = [_indented(line) for line in lines]
        self._sink.write_lines(lines, frame_type(ERROR, as_json=self.as_json))

    def set_up_logging(self) -> None:
        """Makes `logging` write to this log: now where it is imported already, else as soon as it is."""
        if "logging" in sys.modules:
            self._configure()
        else:
            sys.meta_path.insert(0, _LoggingImport(self))

    def _configure(self) -> None:
        from lambda_stream.log_records import install  # noqa: PLC0415 - it imports logging

        install(self)


class _LoggingImport:
    """Waits among the import hooks for somebody to import `logging`."""

    def __init__(self, log: FunctionLog) -> None:
        self._log = log

    def find_spec(
        self, name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """The real spec of `logging`, which sets up this log once it is loaded; None for any other module."""
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path)
        spec = next((found for found in specs if found is not None), None)
        if spec is not None and spec.loader is not None:
            self._follow(spec.loader)
        return spec

    def _follow(self, loader: "Loader") -> None:
        execute = loader.exec_module

        def execute_and_set_up(module: "ModuleType") -> None:
            execute(module)
            self._log.set_up_logging()

        loader.exec_module = execute_and_set_up  # type: ignore[method-assign] # this one loader, for this one module


def _indented(line: str) -> str:
    text = line.lstrip(" ")
    return INDENT * (len(line) - len(text)) + text
