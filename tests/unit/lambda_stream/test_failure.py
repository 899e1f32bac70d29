"""What Lambda and the log are told about an exception."""

import base64
import json

import pytest

from lambda_stream import InvalidResult
from lambda_stream.failure import Failure
from lambda_stream.reply import reply_to


def caught(error: Exception) -> Failure:
    try:
        raise error  # noqa: TRY301 - a frame of this file is what the tests look for
    except Exception as raised:  # noqa: BLE001 - any error is a case
        return Failure.of(raised, "id-1")


def test_the_error_json_is_that_of_the_managed_runtime() -> None:
    """Message, type, request id and the frames of the user's code."""
    document = json.loads(caught(ValueError("bad")).to_json())
    assert document.keys() == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert (document["errorMessage"], document["errorType"], document["requestId"]) == ("bad", "ValueError", "id-1")
    (frame,) = document["stackTrace"]
    assert "test_failure.py" in frame
    assert "raise error" in frame


@pytest.mark.parametrize(
    ("error_type", "category_type"),
    [
        ("ValueError", "Function.ValueError"),
        ("Runtime.ImportModuleError", "Runtime.ImportModuleError"),
        ("lower_Case2", "Function.LowerCase"),
        ("Größe", "Function.Gre"),
        ("123", "Function.Error"),
        ("A\r\nX-Injected: 1.Err", "Function.Err"),
        ("Snow\N{SNOWMAN}.Err", "Function.Err"),
    ],
)
def test_the_error_type_is_one_that_lambda_accepts(error_type: str, category_type: str) -> None:
    """A category and a reason in letters, the first of them a capital."""
    assert Failure(error_type, "m", []).category_type == category_type


def test_a_fault_of_ours_has_its_own_type_and_no_frames() -> None:
    """The runtime's insides say nothing to a user."""
    with pytest.raises(InvalidResult) as raised:
        reply_to({"requestContext": {"http": {}}}, {"a": {1, 2}})
    failure = Failure.of(raised.value)
    assert failure.error_type == "Runtime.MarshalError"
    assert all("lambda_stream/reply.py" not in frame for frame in failure.stack_trace)


def test_a_fault_that_a_handler_raises_has_its_frames() -> None:
    """The class is public, so a handler may raise it too."""
    assert "test_failure.py" in caught(InvalidResult("mine")).stack_trace[-1]


class Mute(Exception):
    def __str__(self) -> str:
        raise LookupError


def test_an_error_without_a_text_is_reported_all_the_same() -> None:
    """Whatever its `__str__` does."""
    assert caught(Mute()).message == "(the Mute has no text: its __str__ raises)"


@pytest.mark.parametrize(
    "failure",
    [
        Failure("E", "x" * 100_000, []),
        Failure("E", "\N{SNOWMAN}" * 3_000, []),
        Failure("E", "short", ["frame\n" * 20] * 100),
        Failure("E", "x" * 3_000, ["frame"] * 1_000),
    ],
    ids=["a long message", "a message of escapes", "a deep stack", "both"],
)
def test_a_trailer_is_small_enough_for_lambdas_server(failure: Failure) -> None:
    """All trailers together have 4,096 bytes; the type, the message's beginning and the innermost frames stay."""
    document = json.loads(base64.b64decode(failure.to_trailer()))
    assert len(failure.to_trailer()) <= 3_600
    assert document["errorMessage"][:100] == failure.message[:100]
    assert document["stackTrace"] == failure.stack_trace[len(failure.stack_trace) - len(document["stackTrace"]) :]
    assert json.loads(failure.to_json()) == failure.to_document()


def test_the_log_record_has_the_traceback() -> None:
    """Line by line, in Python's form."""
    first, second, frame, *code = caught(ValueError("bad")).to_lines()
    assert (first, second) == ("[ERROR] ValueError: bad", "Traceback (most recent call last):")
    assert frame.startswith("  File ")
    assert code[0].strip().startswith("raise error")
