"""`python -m localaws`, as a user runs it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
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
        stderr=subprocess.PIPE,
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
        with Client(url, exports).send("POST", "/chat", {"message": "[tokens=1000]"}) as streaming:
            assert streaming.status_code == 200
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "Serving. Stop with Ctrl-C.\n" in errors
        assert "\nstopping\n" in errors
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


@pytest.fixture
def slow_terraform(tmp_path: Path) -> dict[str, str]:
    """Returns an environment whose Terraform never ends an apply, and takes its time to stop."""
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: (time.sleep(2), os._exit(1)))\n"
        "if sys.argv[1] == 'version': print(json.dumps({'terraform_version': '1.11.4'}))\n"
        "if sys.argv[1] == 'apply':\n"
        f"    pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "    time.sleep(600)\n"
    )
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}


def test_an_interrupt_is_no_failure(slow_terraform: dict[str, str], tmp_path: Path) -> None:
    """It is called what it is; a second, impatient one leaves nothing behind either."""
    process = subprocess.Popen(
        [sys.executable, "-m", "localaws", "up", EXAMPLE],
        cwd=REPOSITORY,
        env=slow_terraform,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        eventually(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate(timeout=10)
    assert process.returncode == 130
    assert "terraform apply interrupted (" in errors
    assert errors.endswith("\nstopping\n")
    assert "failed" not in errors
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_root_may_lie_outside_the_repository(tmp_path: Path) -> None:
    """With a module beside it, as in a project of one's own."""
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "main.tf").write_text('output "greeting" {\n  value = "from beside"\n}\n')
    root = tmp_path / "projects" / "mine"
    root.mkdir(parents=True)
    (root / "main.tf").write_text(
        'module "beside" {\n  source = "../../module"\n}\noutput "greeting" {\n  value = module.beside.greeting\n}\n'
    )
    result = localaws("run", str(root), "--", "sh", "-c", "echo $TF_OUTPUT_GREETING")
    assert (result.returncode, result.stdout) == (0, "from beside\n"), result.stderr
    assert [path.name for path in root.iterdir()] == ["main.tf"]


def test_what_was_applied_can_be_broken(tmp_path: Path) -> None:
    """The command finds it so, by AWS's own API."""
    (tmp_path / "main.tf").write_text(
        'resource "aws_cloudwatch_log_group" "kept" {\n  name              = "kept"\n  retention_in_days = 7\n}\n'
    )
    show = "import boto3; print(boto3.client('logs').describe_log_groups()['logGroups'][0].get('retentionInDays'))"
    result = localaws("run", "--break", "endless-logs", str(tmp_path), "--", sys.executable, "-c", show)
    assert (result.returncode, result.stdout) == (0, "None\n"), result.stderr


def test_what_is_not_there_can_not_be_broken(tmp_path: Path) -> None:
    """Rather than a check that passes where it should fail."""
    (tmp_path / "main.tf").write_text('output "greeting" {\n  value = "hello"\n}\n')
    result = localaws("run", "--break", "uncapped", str(tmp_path), "--", "true")
    assert result.returncode == 1
    assert result.stderr.endswith("localaws: uncapped: nothing is deployed that it could break.\n")


def test_a_failed_apply_shows_its_error_and_not_its_plan(tmp_path: Path) -> None:
    """What Terraform would do is of no use then."""
    (tmp_path / "main.tf").write_text(
        'resource "terraform_data" "planned" {}\n'
        'resource "terraform_data" "failing" {\n  provisioner "local-exec" {\n    command = "exit 3"\n  }\n}\n'
    )
    result = localaws("run", str(tmp_path), "--", "true")
    assert result.returncode == 1
    said = result.stderr.partition("localaws: ")[2]
    assert said.startswith("Error: local-exec provisioner error\n")
    assert said.endswith("terraform apply failed; what it said is above.\n")
    assert "will be created" not in result.stderr


def test_a_warning_is_shown(tmp_path: Path) -> None:
    """Each once and whole, whether it is known at plan or only afterwards; and nothing else of the apply."""
    conditions = {"gap": "terraform_data.made.input == null", "step": 'terraform_data.made.id == ""'}
    checks = (
        f'check "{name}" {{\n  assert {{\n    condition = {holds}\n    error_message = "Mind the {name}."\n  }}\n}}\n'
        for name, holds in conditions.items()
    )
    (tmp_path / "main.tf").write_text('resource "terraform_data" "made" {\n  input = "it"\n}\n' + "".join(checks))
    result = localaws("run", str(tmp_path), "--", "true")
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("Warning: Check block assertion failed") == len(conditions)
    for name in conditions:
        assert result.stderr.count(f'in check "{name}"') == 1
        assert result.stderr.count(f"\nMind the {name}.\n") == 1
    assert "omplete" not in result.stderr


def test_a_missing_command_is_noticed_before_the_apply() -> None:
    """In one line, with a shell's status."""
    result = localaws("run", EXAMPLE, "--", "./no-such-command")
    expected = "localaws: ./no-such-command: no such command, or it is not executable.\n"
    assert (result.returncode, result.stderr) == (127, expected)


def test_without_its_packages_it_says_what_to_do() -> None:
    """As on a fresh clone: -S is an interpreter that sees no installed package."""
    command = [sys.executable, "-S", "-m", "localaws", "up", EXAMPLE]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "is missing: run `make setup && . .venv/bin/activate`, or `pip install --editable" in result.stderr


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
