"""A run of the checks, as the command and as pytest make it, against an endpoint on a real socket."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stream_check.cli import main
from stream_check.client import Client
from stream_check.finding import Broken
from stream_check.settings import Authentication, Budgets, Settings
from support.chat_server import ChatServer

LIMIT_S = 60


def lines_of(text: str) -> dict[str, str]:
    """What was said of each check, by its id."""
    found = (line.split(maxsplit=2) for line in text.splitlines())
    return {words[1]: f"{words[0]} {words[2]}" for words in found if len(words) == 3 and "." in words[1]}


def test_a_healthy_endpoint_passes(endpoint: ChatServer, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Status 0, a timeline, and each report that was asked for."""
    reports = {form: tmp_path / f"report.{form}" for form in ("html", "junit", "json")}
    arguments = [f"--{form}={path}" for form, path in reports.items()]
    assert main([endpoint.url, "--auth", "none", *arguments]) == 0
    said = capsys.readouterr().out
    assert "first byte" in said
    assert {name for name, text in lines_of(said).items() if text[0] == "✓"} == {
        *("stream.answered", "stream.progressive", "stream.first-byte", "stream.first-token", "stream.whole"),
        *("stream.type", "errors.before"),
    }
    assert json.loads(reports["json"].read_text())["findings"]
    assert "<testcase" in reports["junit"].read_text()
    assert "<svg" in reports["html"].read_text()


def test_a_stream_that_breaks_off_fails(endpoint: ChatServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 1, with the reason; only the named checks run."""
    endpoint.cut_after = 8
    assert main([endpoint.url, "--auth", "none", "--only", "stream.whole", "--only", "stream.progressive"]) == 1
    found = lines_of(capsys.readouterr().out)
    assert found.keys() == {"stream.whole", "stream.progressive"}
    assert "broke off" in found["stream.whole"]
    assert found["stream.progressive"].startswith("✓")


def test_a_refusal_is_one_failure(endpoint: ChatServer, capsys: pytest.CaptureFixture[str]) -> None:
    """What rests upon an answer is not tried."""
    endpoint.status = 429
    assert main([endpoint.url, "--auth", "none"]) == 1
    found = lines_of(capsys.readouterr().out)
    assert [name for name, text in found.items() if text[0] == "✗"] == ["stream.answered"]


def test_no_connection_is_no_failure_of_the_endpoint(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2."""
    with ChatServer() as gone:
        url = gone.url
    assert main([url, "--auth", "none", "--only", "stream.answered"]) == 2
    assert "Connection" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--auth", "none"], "Give the URL"), (["http://a/", "--auth", "none", "--only", "x"], "There is no check x")],
)
def test_a_wrong_command_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line, with status 2."""
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_a_key_is_sent_and_never_shown(
    endpoint: ChatServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where the endpoint repeats it."""
    endpoint.key = "k3y"
    monkeypatch.setenv("STREAM_CHECK_SECRET", "k3y")
    assert main([endpoint.url, "--auth", "api-key", "--only", "access", "--only", "stream.answered"]) == 0
    monkeypatch.setenv("STREAM_CHECK_SECRET", "0ther")
    assert main([endpoint.url, "--auth", "api-key", "--only", "stream.answered"]) == 1
    said = capsys.readouterr().out
    assert "the key *** is not known" in said
    assert "0ther" not in said
    assert {"k3y", "wrong", "0ther", None} == {request.get("x-api-key") for request in endpoint.received}


def test_a_token_is_sent_as_a_bearers(endpoint: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Cognito and most authorizers want it."""
    monkeypatch.setenv("STREAM_CHECK_SECRET", "t0ken")
    assert main([endpoint.url, "--auth", "bearer", "--only", "stream.answered"]) == 0
    assert endpoint.received[0]["authorization"] == "Bearer t0ken"


def test_a_long_answer_shows_progress_on_a_terminal(endpoint: ChatServer) -> None:
    """And takes it back when the answer has ended."""
    endpoint.pause_s = 0.2
    command = [sys.executable, "-m", "stream_check", endpoint.url, "--auth", "none", "--only", "stream.answered"]
    seen, shown = pty.openpty()
    with subprocess.Popen(command, stdout=shown, stdin=subprocess.DEVNULL) as process:
        os.close(shown)
        text = b"".join(iter(lambda: _read(seen), b"")).decode()
        assert process.wait(LIMIT_S) == 0
    os.close(seen)
    assert re.search(r"\r\x1b\[K[^\n]*\d+ pieces", text), text
    assert re.search(r"\r\x1b\[K[^\r]*stream\.answered", text), text


def _read(descriptor: int) -> bytes:
    """What a terminal shows next; nothing once its program has ended, which Linux tells as an error."""
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""


def test_a_body_has_a_limit_of_time_and_no_answer_is_followed(endpoint: ChatServer) -> None:
    """A stream that never ends must not hold up a pipeline; a redirect is an answer."""
    endpoint.pause_s = 0.1
    settings = Settings(endpoint.url, budgets=Budgets(total_s=0.5))
    client = Client(settings)
    recording = client.ask(settings.ask)
    assert (recording.broken, recording.end_s < 1.0) == ("not ended after 0 s", True)
    assert client.send("GET", "elsewhere").status == 302


def test_without_credentials_nothing_can_be_signed(endpoint: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to set."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", "/nowhere")
    client = Client(Settings(endpoint.url, Authentication.IAM, region="us-east-1"))
    with pytest.raises(Broken, match="AWS_PROFILE"):
        client.send("GET", "chat")


def test_pytest_runs_the_same_checks(endpoint: ChatServer, tmp_path: Path) -> None:
    """From any folder: passed, failed and skipped as the checks say, with the timeline and a report."""
    endpoint.cut_after = 8
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--pyargs",
        "stream_check.suite",
        "--url",
        endpoint.url,
        "--auth",
        "none",
    ]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "--stream-json", "report.json"],
        cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED" in done.stdout
    assert "test_stream[stream.whole]" in done.stdout
    assert "first byte" in done.stdout
    outcomes = {each["id"]: each["outcome"] for each in json.loads((tmp_path / "report.json").read_text())["findings"]}
    assert (outcomes["stream.whole"], outcomes["stream.answered"], outcomes["cors.answer"]) == (
        "failed",
        "passed",
        "not tried",
    )


def test_pytest_without_an_endpoint_says_what_to_give(tmp_path: Path) -> None:
    """Rather than to pass without having tried anything."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "stream_check.suite"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 1
    assert "Give the URL of an endpoint, or --terraform ROOT." in done.stdout
