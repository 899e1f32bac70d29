"""The function's log: frames, forms, and when `logging` is set up."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lambda_stream.failure import Failure
from lambda_stream.http1 import HttpResponse
from lambda_stream.log import FramedDescriptor, FunctionLog, StandardOutput, encode_frame, frame_type
from lambda_stream.runtime_api import Invocation

HANDLER_FOLDER = Path(__file__).parents[3] / "handler"


@pytest.mark.parametrize(
    ("level", "text", "as_json"),
    [
        (0, 0xA55A0003, 0xA55A0002), (10, 0xA55A000B, 0xA55A000A), (20, 0xA55A000F, 0xA55A000E),
        (30, 0xA55A0013, 0xA55A0012), (40, 0xA55A0017, 0xA55A0016), (50, 0xA55A001B, 0xA55A001A),
        (35, 0xA55A0013, 0xA55A0012), (99, 0xA55A001B, 0xA55A001A), (-1, 0xA55A0003, 0xA55A0002),
    ],
)  # fmt: skip
def test_a_frame_says_form_and_level(level: int, text: int, as_json: int) -> None:
    """The numbers of AWS's own runtime; levels between the named ones count as the one below."""
    assert (frame_type(level, as_json=False), frame_type(level, as_json=True)) == (text, as_json)


def test_a_frame_is_type_length_time_and_text() -> None:
    """Big-endian, the length in bytes; half a character is written as its escape."""
    assert encode_frame("é", 0xA55A0003, 1) == bytes.fromhex("a55a0003 00000002 0000000000000001") + "é".encode()
    assert encode_frame("\ud800", 0, 0)[16:] == b"\\ud800"


def framed(reader: int) -> list[tuple[int, str]]:
    data, frames = os.read(reader, 65_536), []
    while data:
        size = int.from_bytes(data[4:8], "big")
        frames.append((int.from_bytes(data[:4], "big"), data[16 : 16 + size].decode()))
        data = data[16 + size :]
    return frames


FAILURE = Failure("ValueError", "bad", ["  File x\n    raise\n"], "id-1")


def test_a_failure_is_one_frame_of_its_lines() -> None:
    """Indented by no-break spaces, which CloudWatch keeps."""
    reader, writer = os.pipe()
    FunctionLog(FramedDescriptor(writer)).failure(FAILURE)
    text = "[ERROR] ValueError: bad\nTraceback (most recent call last):\n\xa0\xa0File x\n\xa0\xa0\xa0\xa0raise"
    assert framed(reader) == [(0xA55A0017, text)]
    os.close(reader)
    os.close(writer)


def test_on_standard_output_a_failure_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Carriage returns keep its lines together."""
    FunctionLog(StandardOutput()).failure(FAILURE)
    assert capsys.readouterr().out == (
        "[ERROR] ValueError: bad\rTraceback (most recent call last):\r\xa0\xa0File x\r\xa0\xa0\xa0\xa0raise\n"
    )


def test_as_json_a_failure_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    """The error document with time and level."""
    FunctionLog(StandardOutput(), as_json=True).failure(FAILURE)
    record = json.loads(capsys.readouterr().out)
    assert record.pop("timestamp").endswith("Z")
    assert record == {"level": "ERROR", **FAILURE.to_document()}


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "JSON"])
def test_the_runtimes_own_words_are_records_too(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """With the invocation that they belong to."""
    log = FunctionLog(StandardOutput(), as_json=as_json)
    log.belongs_to(Invocation(HttpResponse(200, {"lambda-runtime-aws-request-id": "id-7"}, b"", keep_alive=True)))
    log.error("the Runtime API hung up")
    output = capsys.readouterr().out
    if as_json:
        assert json.loads(output)["message"] == "the Runtime API hung up"
        assert json.loads(output)["requestId"] == "id-7"
    else:
        assert output == "[ERROR] the Runtime API hung up\n"


@pytest.mark.parametrize(
    ("variables", "as_json", "level"),
    [
        ({}, False, None),
        ({"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "trace"}, True, "DEBUG"),
        ({"AWS_LAMBDA_LOG_FORMAT": "Text", "AWS_LAMBDA_LOG_LEVEL": "WARN"}, False, "WARN"),
    ],
)
def test_the_operators_choice_is_read(variables: dict[str, str], as_json: bool, level: str | None) -> None:
    """Format and level."""
    log = FunctionLog.from_environment(variables)
    assert (log.as_json, log.level) == (as_json, level)


def test_the_descriptor_is_taken_out_of_the_environment() -> None:
    """A handler's own children must not write to it."""
    reader, writer = os.pipe()
    environment = {"_LAMBDA_TELEMETRY_LOG_FD": str(writer)}
    FunctionLog.from_environment(environment).write("x")
    assert (environment, framed(reader)) == ({}, [(0xA55A0003, "x")])
    os.close(reader)
    os.close(writer)


def python(script: str, **variables: str) -> str:
    environment = {"PYTHONPATH": str(HANDLER_FOLDER), **variables}
    command = [sys.executable, "-c", f"from lambda_stream.log import FunctionLog\nimport os, sys\n{script}"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=True).stdout


SET_UP = "FunctionLog.from_environment(os.environ).set_up_logging()\n"


def test_logging_is_not_imported_until_somebody_does() -> None:
    """Its eight milliseconds are saved where nobody logs."""
    assert python(SET_UP + "print('logging' in sys.modules)") == "False\n"


@pytest.mark.parametrize(
    "script",
    [SET_UP + "import logging\n", "import logging\n" + SET_UP, SET_UP + "import logging.handlers\nimport logging\n"],
    ids=["imported later", "imported before", "a submodule first"],
)
def test_logging_writes_to_the_log_whenever_it_is_imported(script: str) -> None:
    """And once, also for records made while the module that imports it is still being imported."""
    record = json.loads(python(script + "logging.getLogger('a').warning('x')", AWS_LAMBDA_LOG_FORMAT="JSON"))
    assert (record["level"], record["message"], record["logger"]) == ("WARNING", "x", "a")


def test_a_level_that_does_not_exist_changes_nothing() -> None:
    """Python's own default stays."""
    script = SET_UP + "import logging\nlogging.info('x')\nlogging.warning('y')"
    assert python(script, AWS_LAMBDA_LOG_LEVEL="LOUD").endswith("\ty\n")


def test_a_record_that_json_does_not_know_is_written_as_text() -> None:
    """The record counts, not its form; and an exception's place is told."""
    script = SET_UP + (
        "import logging\n"
        "def fail():\n    raise ValueError('bad')\n"
        "try:\n    fail()\nexcept ValueError:\n    logging.exception('it', extra={'odd': {1}, 'tenant_id_2': 3})\n"
    )
    record: dict[str, Any] = json.loads(python(script, AWS_LAMBDA_LOG_FORMAT="JSON"))
    assert (record["odd"], record["tenant_id_2"], record["errorType"]) == ("{1}", 3, "ValueError")
    assert record["location"].endswith(":<module>:10")
    assert len(record["stackTrace"]) == 2
