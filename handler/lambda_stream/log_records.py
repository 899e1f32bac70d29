"""The records of Python's `logging`, as the managed runtime writes them. Imported when `logging` is."""

import json
import logging
import time
import traceback
from typing import TYPE_CHECKING

from lambda_stream.log import TIMESTAMP_FORMAT

if TYPE_CHECKING:
    from lambda_stream.log import FunctionLog

TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
TEXT_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"

# What every record has, and what the filter adds: whatever else a record has, its writer put there as `extra`.
KNOWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"aws_request_id", "tenant_id", "message", "asctime"}


def install(log: "FunctionLog") -> None:
    """Makes the root logger write to the function's log, in its format and from its level on."""
    handler = _LogHandler(log)
    handler.setFormatter(JsonFormatter() if log.as_json else _TextFormatter(TEXT_FORMAT, TEXT_TIME_FORMAT))
    root = logging.getLogger()
    if log.level in logging.getLevelNamesMapping():
        root.setLevel(log.level)
    root.addHandler(handler)


class _LogHandler(logging.Handler):
    """Writes each record, with the ids of the invocation that is being served."""

    def __init__(self, log: "FunctionLog") -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        record.aws_request_id = self._log.request_id
        record.tenant_id = self._log.tenant_id
        # Lambda filters by the level of a frame only where the operator chose a format or a level.
        typed = self._log.as_json or self._log.level is not None
        self._log.write(self.format(record), record.levelno if typed else 0, as_json=self._log.as_json)


class _TextFormatter(logging.Formatter):
    converter = staticmethod(time.gmtime)


class JsonFormatter(logging.Formatter):
    """One JSON object on one line; what isn't known is left out."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """The record, with the fields that its writer added."""
        level = min(50, max(0, record.levelno)) // 10 * 10
        document: dict[str, object] = {
            "timestamp": self.formatTime(record, TIMESTAMP_FORMAT),
            "level": logging.getLevelName(level),
            "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
            "logger": record.name,
            **_exception(record),
            "requestId": getattr(record, "aws_request_id", None),
            "tenantId": getattr(record, "tenant_id", None),
        }
        added = {name: value for name, value in vars(record).items() if name not in {*KNOWN_FIELDS, *document}}
        written = {name: value for name, value in (document | added).items() if value is not None}
        # A value that JSON doesn't know must not cost the whole record.
        return json.dumps(written, ensure_ascii=False, default=str) + "\n"


def _exception(record: logging.LogRecord) -> dict[str, object]:
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    kind, error, trace = record.exc_info
    return {
        "stackTrace": traceback.format_tb(trace),
        "errorType": kind.__name__,
        "errorMessage": str(error),
        "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
    }
