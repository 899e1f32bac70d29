"""The command line that starts a function's runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.execution.variables import is_managed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localaws.execution.variables import Places

WRAPPER_VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
MANAGED_ENTRY = "bootstrap.py"


class EntrypointError(Exception):
    """The function has nothing that could be started."""


def command(runtime: str, variables: Mapping[str, str], places: Places, interpreter: str) -> list[str]:
    """Return the command line; `interpreter` counts on managed runtimes only.

    Raises EntrypointError when a `provided` function brings no bootstrap.
    """
    if not is_managed(runtime):
        return [str(_bootstrap(places))]
    managed = [interpreter, str(places.runtime / MANAGED_ENTRY)]
    wrapper = variables.get(WRAPPER_VARIABLE)
    return [local_path(wrapper, places), *managed] if wrapper else managed


def local_path(path: str, places: Places) -> str:
    """Return where a path that is written for AWS lies here."""
    for there, here in (("/var/task", places.task), ("/opt", places.layers)):
        if path == there or path.startswith(f"{there}/"):
            return str(here) + path.removeprefix(there)
    return path


def _bootstrap(places: Places) -> Path:
    for folder in (places.task, places.layers):
        if (folder / "bootstrap").is_file():
            return folder / "bootstrap"
    raise EntrypointError("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
