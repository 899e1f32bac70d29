"""Terraform's own checks and tests, one process at a time: each takes up to 600 MB."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from localaws import terraform

ROOT = Path(__file__).resolve().parents[2]
TESTS = Path(__file__).resolve().parent.relative_to(ROOT)
VARIABLES = ROOT / TESTS / "variables"
TEST_FILES = sorted(path.name for path in (ROOT / TESTS).glob("*.tftest.hcl"))
EXAMPLES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "examples").iterdir() if path.is_dir())
COMMAND_SECONDS = 180


class Terraform:
    """Runs terraform in one configuration of the checkout; what it downloads or links goes to a folder of its own."""

    def __init__(self, configuration: str, workdir: Path) -> None:
        self._directory = ROOT / configuration
        # A test that talks to AWS by mistake must not find credentials.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._environment = terraform.cli_environment(workdir, inherited) | {"TF_DATA_DIR": str(workdir / "data")}

    def run(self, *arguments: str) -> None:
        """Run one command; when it fails, so does the test, with everything that terraform said."""
        result = subprocess.run(
            [terraform.find_terraform(), *arguments],
            cwd=self._directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if result.returncode != 0:
            pytest.fail(f"terraform {' '.join(arguments)} in {self._directory}:\n{result.stdout}", pytrace=False)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """The root module, initialised together with the modules that the tests name."""
    initialised = Terraform(".", tmp_path_factory.mktemp("root"))
    initialised.run("init", "-backend=false", "-input=false", "-no-color", f"-test-directory={TESTS}")
    return initialised


def test_every_file_is_formatted(tmp_path: Path) -> None:
    """`terraform fmt` would change nothing."""
    Terraform(".", tmp_path).run("fmt", "-check", "-recursive", "-diff", "-no-color")


def test_the_module_is_valid(root: Terraform) -> None:
    """The root module and those it calls fit the provider's schema."""
    root.run("validate", "-no-color")


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_valid(example: str, tmp_path: Path) -> None:
    """The example fits the provider's schema and the module's variables."""
    here = Terraform(example, tmp_path)
    here.run("init", "-backend=false", "-input=false", "-no-color")
    here.run("validate", "-no-color")


@pytest.mark.parametrize("file", TEST_FILES)
def test_modules_behave(file: str, root: Terraform) -> None:
    """Every run of the file passes."""
    root.run("test", "-no-color", f"-test-directory={TESTS}", f"-filter={TESTS}/{file}")


@pytest.mark.parametrize("file", sorted(path.name for path in VARIABLES.glob("*.tftest.hcl")))
def test_variables_refuse(file: str, tmp_path: Path) -> None:
    """Every run of the file passes, on the root module's variables alone: without a provider a run takes a moment."""
    configuration = tmp_path / "root"
    configuration.mkdir()
    for source in [*ROOT.glob("variables*.tf"), VARIABLES / file]:
        shutil.copy(source, configuration)
    here = Terraform(str(configuration), tmp_path)
    here.run("init", "-backend=false", "-input=false", "-no-color")
    here.run("test", "-no-color")
