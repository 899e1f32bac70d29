"""The command line, and what a command finds in its environment."""

from __future__ import annotations

import contextlib
import io
import signal
from pathlib import Path

import pytest

from localaws.cli import Interrupted, check_command, exports, main, parse
from localaws.console import Progress
from localaws.errors import LocalAwsError
from localaws.terraform import cli_environment, errors_in


@pytest.mark.parametrize(
    ("arguments", "variables", "command"),
    [
        (["up", "root"], (), ()),
        (["up", "root", "-var", "a=1", "-var=b=2"], ("a=1", "b=2"), ()),
        (["run", "root", "--", "ls", "-l", "--", "x"], (), ("ls", "-l", "--", "x")),
        (["run", "-var", "a=b=c", "root", "--", "ls"], ("a=b=c",), ("ls",)),
    ],
)
def test_good_command_lines(arguments: list[str], variables: tuple[str, ...], command: tuple[str, ...]) -> None:
    """Everything after the first `--` is the command's."""
    order = parse(arguments)
    assert (order.example, order.variables, order.command) == (Path("root"), variables, command)


def test_the_gateways_clock_can_be_scaled() -> None:
    """It runs as on AWS when nothing else is said."""
    assert parse(["up", "root"]).gateway_time_scale == 1
    assert parse(["run", "root", "-gateway-time-scale", "60", "--", "ls"]).gateway_time_scale == 60


def test_breakages_are_named() -> None:
    """As many as are wanted, with their numbers."""
    assert parse(["up", "root"]).breakages == ()
    assert parse(["up", "root", "--break", "open", "--break", "cut=9"]).breakages == ("open", "cut=9")


def test_an_unknown_breakage_is_answered_with_all_names(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is started."""
    with pytest.raises(SystemExit):
        parse(["up", "root", "--break", "nonsense"])
    assert "--break: There is no breakage 'nonsense'. There are: buffering, compressed, " in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run", "root"],
        ["run", "root", "--"],
        ["up", "root", "--", "ls"],
        ["up", "root", "-var", "a"],
        ["up"],
        ["up", "root", "-gateway-time-scale", "0"],
        ["up", "root", "--break", "nonsense"],
        ["up", "root", "--break", "buffering=2"],
    ],
)
def test_bad_command_lines(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """They end with status 2 and a usage line."""
    with pytest.raises(SystemExit) as caught:
        parse(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["run", "-h"], ["run", "root"]], ids=["help", "error"])
def test_the_usage_of_run_shows_where_the_command_stands(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Although argparse never sees it."""
    with pytest.raises(SystemExit):
        parse(arguments)
    shown = capsys.readouterr()
    options = "[-h] [-var NAME=VALUE]... [--break NAME]... [-gateway-time-scale N]"
    assert f"usage: python -m localaws run {options} EXAMPLE -- CMD ...\n" in shown.out + shown.err


def test_the_region_follows_the_root(tmp_path: Path) -> None:
    """The last word on it counts, and without one the root's own default."""
    assert parse(["up", str(tmp_path)]).region == "us-east-1"
    (tmp_path / "variables.tf").write_text(
        'variable "name" {\n  default = "us-east-2"\n}\n\n'
        'variable "region" {\n  type    = string\n  default = "eu-central-1"\n}\n'
    )
    order = parse(["up", str(tmp_path)])
    assert order.region == "eu-central-1"
    given = parse(["up", str(tmp_path), "-var", "region=eu-west-1", "-var", "region=eu-north-1"])
    assert given.region == "eu-north-1"


def test_a_region_without_a_default_is_none(tmp_path: Path) -> None:
    """Another variable's default isn't taken for it."""
    (tmp_path / "variables.tf").write_text(
        'variable "region" {\n  type = string\n}\n\nvariable "other" {\n  default = "eu-west-1"\n}\n'
    )
    assert parse(["up", str(tmp_path)]).region == "us-east-1"


def test_exports() -> None:
    """Strings as they are, anything else as JSON, URLs by their own names too, when there are any."""
    outputs = {"function_url": "http://x/", "cdn_url": None, "ids": ["a"], "count": 2}
    assert exports(outputs) == {
        "TF_OUTPUT_FUNCTION_URL": "http://x/",
        "TF_OUTPUT_CDN_URL": "null",
        "TF_OUTPUT_IDS": '["a"]',
        "TF_OUTPUT_COUNT": "2",
        "FUNCTION_URL": "http://x/",
    }


def test_the_signal_handlers_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller's own are not lost."""
    monkeypatch.setenv("PATH", "/nowhere")
    before = signal.getsignal(signal.SIGTERM)
    main(["up", "/nowhere"])
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_missing_example_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback, status 1."""
    monkeypatch.setattr("localaws.cli.find_terraform", lambda: "terraform")
    assert main(["up", "/nowhere"]) == 1
    assert "holds no Terraform root" in capsys.readouterr().err


def test_a_missing_terraform_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to install."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["up", "/nowhere"]) == 1
    assert "Install Terraform 1.9" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["no-such-command-anywhere", "./tool", "tests", "/nowhere/tool"])
def test_a_missing_command_is_noticed_first(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a shell's status, before anything else is looked at; a folder or a plain file is no command either."""
    monkeypatch.setattr("localaws.cli.find_terraform", lambda: "terraform")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tool").touch()
    (tmp_path / "tests").mkdir()
    assert main(["run", "/nowhere", "--", name]) == 127
    assert capsys.readouterr().err == f"localaws: {name}: no such command, or it is not executable.\n"


@pytest.mark.parametrize("name", ["sh", "./tool", "bin/tool"])
def test_a_command_is_found_as_a_shell_finds_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the PATH, or by its way from here."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in (tmp_path / "tool", tmp_path / "bin" / "tool"):
        tool.touch(0o755)
    check_command(name)


def test_an_existing_configuration_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TF_CLI_CONFIG_FILE counts when it names a file."""
    config = tmp_path / "mine.tfrc"
    config.touch()
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(config))
    assert cli_environment(tmp_path)["TF_CLI_CONFIG_FILE"] == str(config)


def test_a_mirror_gets_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preset that names a missing file is replaced."""
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/nowhere/terraformrc")
    monkeypatch.setattr("localaws.terraform._mirror", lambda: Path("/mirror"))
    config = Path(cli_environment(tmp_path)["TF_CLI_CONFIG_FILE"]).read_text(encoding="utf-8")
    assert 'path    = "/mirror"' in config
    assert config.count('["registry.terraform.io/hashicorp/aws"]') == 2


def test_without_a_mirror_the_registry_is_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The preset is removed, since Terraform would only warn about it; user habits are removed too."""
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/nowhere/terraformrc")
    monkeypatch.setenv("TF_DATA_DIR", "/elsewhere")
    monkeypatch.setattr("localaws.terraform._mirror", lambda: None)
    monkeypatch.setattr("localaws.terraform._plugin_cache", lambda: tmp_path / "cache")
    environment = cli_environment(tmp_path)
    assert environment["TF_PLUGIN_CACHE_DIR"] == str(tmp_path / "cache")
    assert not {"TF_CLI_CONFIG_FILE", "TF_DATA_DIR"} & environment.keys()


PLAN = 'Terraform will perform the following actions:\n\n  + name = "x"\n\nPlan: 1 to add.\n'
PLAIN = "Error: Unsupported argument\n\n  on main.tf line 1:\n   1: x = 1\n"
BOXED = "╷\n│ Error: Unsupported argument\n│ \n│   on main.tf line 1:\n╵\n"


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        (PLAN + PLAIN, PLAIN),
        (PLAN + PLAIN + "\n" + PLAIN, PLAIN + "\n" + PLAIN),
        (PLAN + BOXED, BOXED),
        (PLAN + "╷\n│ Warning: Deprecated\n╵\n" + BOXED, BOXED),
        (PLAN + BOXED.removeprefix("╷\n"), BOXED.removeprefix("╷\n")),
        (PLAN, PLAN),
        ("x.y: (local-exec): Error: not Terraform's\n", "x.y: (local-exec): Error: not Terraform's\n"),
        ("", ""),
    ],
    ids=["plain", "two", "boxed", "warning first", "without its corner", "none", "inside a line", "nothing"],
)
def test_what_is_shown_of_a_failure(output: str, shown: str) -> None:
    """From the first error on; everything when there is none."""
    assert errors_in(output) == shown


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (None, "done"),
        (LocalAwsError("x"), "failed"),
        (Interrupted(2), "interrupted"),
        (KeyboardInterrupt(), "interrupted"),
    ],
    ids=["end", "fault", "signal", "keyboard"],
)
def test_how_a_step_ended(error: BaseException | None, state: str) -> None:
    """A signal is no failure."""
    stream = io.StringIO()
    with contextlib.suppress(LocalAwsError, Interrupted, KeyboardInterrupt), Progress(stream).step("terraform apply"):
        if error:
            raise error
    assert stream.getvalue().startswith(f"terraform apply {state} (")
