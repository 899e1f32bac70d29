"""`python -m localaws`, as a user runs it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from support.client import Client
from support.waiting import eventually

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = "examples/function-url"
TIMEOUT_S = 120

# What a user's own command sees; it answers with a status of its own.
SHOW = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w')); sys.exit(7)"


def localaws(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "localaws", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_run_gives_a_command_the_outputs_and_ends_with_its_status(tmp_path: Path) -> None:
    """And shows how far it is; the user's tree stays as it was."""
    seen = tmp_path / "environment.json"
    command = [sys.executable, "-c", SHOW, str(seen)]
    result = localaws("run", EXAMPLE, "-var", "region=eu-west-1", "-var", "name=command", "--", *command)
    assert result.returncode == 7, result.stderr
    environment = json.loads(seen.read_text())
    assert environment["FUNCTION_URL"] == environment["TF_OUTPUT_FUNCTION_URL"]
    assert environment["TF_OUTPUT_FUNCTION_NAME"] == "command"
    assert environment["AWS_REGION"] == "eu-west-1"
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    for step in ("local AWS", "terraform init", "terraform apply"):
        assert f"{step} done (" in result.stderr
    assert not list((REPOSITORY / EXAMPLE).glob("*.tfstate*"))


def test_up_prints_what_to_export_and_serves_until_interrupted() -> None:
    """With the printed lines another terminal can ask; an interrupt ends it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "localaws", "up", EXAMPLE, "-var", "name=served"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(6)]
        url = next(json.loads(line.partition(" = ")[2]) for line in lines if line.startswith("function_url = "))
        exports = {}
        while "AWS_REGION" not in exports or "AWS_SECRET_ACCESS_KEY" not in exports:
            line = process.stdout.readline()
            assert line, "it ended before it had printed what to export"
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                exports[name] = value
        answer = Client(url, exports).ask({"message": "[tokens=25 pace_ms=0]"})
        assert len(answer.tokens) == 25
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 130
    finally:
        process.kill()
        process.communicate(timeout=10)
    eventually(lambda: is_closed(url))


def is_closed(url: str) -> bool:
    try:
        requests.get(url, timeout=5)
    except requests.ConnectionError:
        return True
    return False


def test_without_terraform_it_says_what_to_do(tmp_path: Path) -> None:
    """In one sentence, without a traceback."""
    result = localaws("run", EXAMPLE, "--", "true", environment={**os.environ, "PATH": str(tmp_path)})
    assert result.returncode == 1
    assert result.stderr.startswith("localaws: terraform was not found. Install Terraform 1.9 or newer")
    assert len(result.stderr.splitlines()) == 1


def test_without_a_provider_it_says_what_to_do(tmp_path: Path) -> None:
    """After Terraform's own words, where one looks: here the mirror that is configured is empty."""
    (tmp_path / "mirror").mkdir()
    config = tmp_path / "terraform.tfrc"
    mirror = json.dumps(str(tmp_path / "mirror"))
    config.write_text(f"provider_installation {{\n  filesystem_mirror {{\n    path = {mirror}\n  }}\n}}\n")
    result = localaws("run", EXAMPLE, "--", "true", environment={**os.environ, "TF_CLI_CONFIG_FILE": str(config)})
    assert result.returncode == 1
    last_line = result.stderr.splitlines()[-1]
    assert "Terraform could not get the hashicorp/aws provider: connect this machine to" in last_line
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["up", "examples/absent"], 1, "examples/absent holds no Terraform root"),
        (["run", EXAMPLE], 2, "run needs a command"),
        (["up", EXAMPLE, "-var", "name"], 2, "NAME=VALUE is expected"),
        ([], 2, "required"),
    ],
)
def test_a_wrong_command_line_is_explained(arguments: list[str], status: int, message: str) -> None:
    """Before anything is started."""
    result = localaws(*arguments)
    assert (result.returncode, message in result.stderr) == (status, True), result.stderr


def test_make_names_what_is_missing(tmp_path: Path) -> None:
    """`make demo` stops before it installs anything."""
    for tool in ("sh", "make"):
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / tool).symlink_to(found)
    command = [str(tmp_path / "make"), "demo"]
    result = subprocess.run(
        command, cwd=REPOSITORY, env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode != 0
    assert result.stdout.startswith("terraform is not on the PATH: install Terraform 1.9 or newer")
