"""The command line, and what a command finds in its environment."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from localaws.cli import exports, main, parse
from localaws.terraform import cli_environment


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


@pytest.mark.parametrize(
    "arguments",
    [[], ["run", "root"], ["run", "root", "--"], ["up", "root", "--", "ls"], ["up", "root", "-var", "a"], ["up"]],
)
def test_bad_command_lines(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """They end with status 2 and a usage line."""
    with pytest.raises(SystemExit) as caught:
        parse(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_the_region_follows_the_root() -> None:
    """The last word on it counts."""
    assert parse(["up", "root"]).region == "us-east-1"
    assert parse(["up", "root", "-var", "region=eu-west-1", "-var", "region=eu-north-1"]).region == "eu-north-1"


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
