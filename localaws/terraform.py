"""Terraform as a child process: configured for this machine, bounded in time, silent but for warnings and errors."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from localaws.errors import TerraformError
from localaws.provider_mirror import PROVIDER, common_roots, find_mirror, local_platform, standard_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from localaws.console import Progress

OLDEST = (1, 9)
VERSION_SECONDS = 30.0
INIT_SECONDS = 600.0
APPLY_SECONDS = 300.0
OUTPUT_SECONDS = 60.0
POLL_SECONDS = 0.1
KILL_SECONDS = 10.0
FAULT_GRACE_SECONDS = 5.0
"""How long Terraform may still try after an error inside the local AWS: the provider would for minutes."""

CONFIG_VARIABLE = "TF_CLI_CONFIG_FILE"
FOREIGN = ("TF_CLI_ARGS", "TF_DATA_DIR", "TF_WORKSPACE", "TF_VAR_")
"""A user's own Terraform habits must not change what an example root does here."""

INSTALL_HINT = "Install Terraform 1.9 or newer (https://developer.hashicorp.com/terraform/install) and put it on PATH."
PROVIDER_HINT = (
    "Terraform could not get the hashicorp/aws provider: connect this machine to the provider registry, or set "
    "TF_CLI_CONFIG_FILE to a CLI configuration that names a filesystem mirror."
)
PROVIDER_FAULTS = re.compile(
    r"Failed to query available provider packages|Failed to install provider|Invalid provider registry host"
)

ERROR = re.compile(r"^(?:╷\n)?(?:│ )?Error: ", re.MULTILINE)
"""How an error begins: in a box with colours, plain without. Before it stands what Terraform has done or plans."""

WARNING = re.compile(r"^Warning: .*?(?=^Warning: |^Apply complete!|\Z)", re.MULTILINE | re.DOTALL)
"""A warning as an apply without colours ends with it: a check that doesn't hold, or what a provider has to say."""


def cli_environment(workdir: Path, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the whole environment of a Terraform process on this machine, made from `base` or this process's own.

    A CLI configuration that exists is respected; else a mirror that is found gets one, written under `workdir`; else
    the registry is used, with a plugin cache that makes the next init quick.
    """
    inherited = os.environ if base is None else base
    environment = {name: value for name, value in inherited.items() if not name.startswith(FOREIGN)}
    environment |= {
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
    }
    configured = environment.pop(CONFIG_VARIABLE, None)
    if configured and Path(configured).is_file():
        return environment | {CONFIG_VARIABLE: configured}
    if mirror := _mirror():
        return environment | {CONFIG_VARIABLE: str(_write_config(workdir, mirror))}
    return environment | {"TF_PLUGIN_CACHE_DIR": str(_plugin_cache())}


def find_terraform() -> str:
    """Return the path of a Terraform that is new enough; TerraformError says what to do when there is none."""
    binary = shutil.which("terraform")
    if binary is None:
        raise TerraformError(f"terraform was not found. {INSTALL_HINT}")
    version = _version(binary)
    if version < OLDEST:
        raise TerraformError(f"terraform {version[0]}.{version[1]} is too old. {INSTALL_HINT}")
    return binary


class Terraform:
    """Commands on one root directory."""

    def __init__(
        self, root: Path, environment: Mapping[str, str], progress: Progress, fault_count: Callable[[], int]
    ) -> None:
        self._binary = find_terraform()
        self._root = root
        self._environment = environment
        self._progress = progress
        self._fault_count = fault_count

    def init(self) -> None:
        """Install the provider and the modules."""
        self._run("terraform init", ("init", "-no-color"), INIT_SECONDS)

    def apply(self, variables: Sequence[str]) -> None:
        """Apply without a question and show what Terraform warns of; `variables` are `name=value`."""
        arguments = ("apply", "-auto-approve", "-no-color", *(f"-var={variable}" for variable in variables))
        text = self._run("terraform apply", arguments, APPLY_SECONDS)
        for warning in WARNING.findall(text):
            self._progress.say(f"\n{warning.rstrip()}\n")

    def outputs(self) -> dict[str, object]:
        """Return the root's outputs by name."""
        text = self._run("terraform output", ("output", "-json", "-no-color"), OUTPUT_SECONDS)
        return {name: fields["value"] for name, fields in json.loads(text).items()}

    def _run(self, label: str, arguments: Sequence[str], seconds: float) -> str:
        """Return a command's output; TerraformError with that output when it fails or takes too long."""
        with (
            tempfile.TemporaryFile() as output,
            self._process(arguments, output) as process,
            self._progress.step(label),
        ):
            status = self._wait(process, seconds)
            output.seek(0)
            text = output.read().decode(errors="replace")
            if status != 0:
                raise TerraformError(f"{errors_in(text)}\n{label} {self._explanation(status, text, seconds)}")
        return text

    @contextlib.contextmanager
    def _process(self, arguments: Sequence[str], output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
        """Run Terraform while the block lasts."""
        # A session of its own: an interrupt on the terminal reaches us alone, and we end the whole group.
        process = subprocess.Popen(
            [self._binary, *arguments],
            cwd=self._root,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end_group(process)

    def _wait(self, process: subprocess.Popen[bytes], seconds: float) -> int | None:
        """Return the exit status, None when the process was stopped: the time was up or the local AWS is broken."""
        now = time.monotonic()
        deadline = now + seconds
        while now < deadline:
            try:
                return process.wait(POLL_SECONDS)
            except subprocess.TimeoutExpired:
                self._progress.tick()
            now = time.monotonic()
            if self._fault_count():
                deadline = min(deadline, now + FAULT_GRACE_SECONDS)
        _end_group(process)
        return None

    def _explanation(self, status: int | None, output: str, seconds: float) -> str:
        """Return the words that stand below a failed command's output, where they are seen."""
        if self._fault_count():
            return "failed for an error inside the local AWS; its traceback is above."
        if status is None:
            return f"did not end within {seconds:.0f} s and was stopped."
        return f"failed. {PROVIDER_HINT}" if PROVIDER_FAULTS.search(output) else "failed; what it said is above."


def errors_in(output: str) -> str:
    """Return Terraform's output from its first error on, all of it when there is none."""
    found = ERROR.search(output)
    return output[found.start() :] if found else output


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the process when it still runs: first politely, since Terraform then ends its providers."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(KILL_SECONDS)
        except subprocess.TimeoutExpired:
            continue


@lru_cache
def _version(binary: str) -> tuple[int, int]:
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    environment.pop(CONFIG_VARIABLE, None)
    try:
        done = subprocess.run(
            [binary, "version", "-json"],
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS,
            check=True,
            env=environment,
        )
        major, minor = json.loads(done.stdout)["terraform_version"].split(".")[:2]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise TerraformError(f"{binary} does not run: {error}. {INSTALL_HINT}") from None
    return int(major), int(minor)


@lru_cache
def _mirror() -> Path | None:
    home = Path.home()
    return find_mirror(standard_folders(os.environ, home), common_roots(home), local_platform())


def _write_config(workdir: Path, mirror: Path) -> Path:
    """Write a CLI configuration that takes this one provider from the mirror and anything else from the registry."""
    config = workdir / "terraform.tfrc"
    path, provider = json.dumps(str(mirror)), json.dumps(PROVIDER)
    config.write_text(
        "provider_installation {\n"
        f"  filesystem_mirror {{\n    path    = {path}\n    include = [{provider}]\n  }}\n"
        f"  direct {{\n    exclude = [{provider}]\n  }}\n"
        "}\n",
        encoding="utf-8",
    )
    return config


def _plugin_cache() -> Path:
    """Return the project's cache folder, or the user's when localaws is not run from a checkout."""
    checkout = Path(__file__).resolve().parent.parent
    base = checkout / ".cache" if (checkout / "pyproject.toml").is_file() else Path.home() / ".cache" / "localaws"
    cache = base / "terraform-plugins"
    cache.mkdir(parents=True, exist_ok=True)
    return cache
