"""What an applied Terraform root says about its endpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stream_check.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FUNCTION_URL, CDN_URL = "function_url", "cdn_url"
ENDPOINTS = (FUNCTION_URL, "rest_api_url", CDN_URL)
MAPPED = "TF_OUTPUT_"
"""What the names of variables begin with that hold the outputs of a root applied elsewhere: by a local AWS, whose
addresses they have, or by an earlier step of a pipeline."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """A root's outputs by name."""

    values: Mapping[str, Any]

    def endpoint(self, name: str | None) -> str:
        """The name of the output that holds the endpoint: `name`, or the only one that clients are for.

        Where there is a CDN, the Function URL is closed to everyone else.

        Raises:
            SettingsError: there is none, or there are several and none is named.
        """
        found = [key for key in ENDPOINTS if self.values.get(key)]
        names = [name] if name else [key for key in found if key != FUNCTION_URL or CDN_URL not in found]
        if len(names) != 1 or names[0] not in found:
            there = ", ".join(found) or "none of them"
            raise SettingsError(f"Of {', '.join(ENDPOINTS)} the root has {there}: name one of its own with --output.")
        return names[0]

    def text(self, name: str) -> str | None:
        """An output that may be missing or null."""
        value = self.values.get(name)
        return None if value is None else str(value)


def read_outputs(root: Path | None, environment: Mapping[str, str]) -> Outputs:
    """The outputs of the root that was applied in a folder; without one, those in the environment.

    Those in the environment win, all together; and for each endpoint the variable of its name in capitals. Of a root it
    counts only for an endpoint that the root has.

    Raises:
        SettingsError: Terraform can't read them, or the root isn't applied.
    """
    values = _mapped(environment) or ({} if root is None else _read(root))
    there = ENDPOINTS if root is None else [name for name in ENDPOINTS if values.get(name)]
    moved = {name: environment[name.upper()] for name in there if environment.get(name.upper())}
    return Outputs({**values, **moved})


def _mapped(environment: Mapping[str, str]) -> dict[str, Any]:
    found = {name.removeprefix(MAPPED).lower(): value for name, value in environment.items() if name.startswith(MAPPED)}
    return {name: None if value == "null" else value for name, value in found.items()}


def _read(root: Path) -> dict[str, Any]:
    if not root.is_dir():
        raise SettingsError(f"{root} is no folder.")
    from python_terraform import Terraform  # noqa: PLC0415  only who names a root needs it

    try:
        code, text, error = Terraform(working_dir=str(root)).cmd("output", "-json", "-no-color")
    except FileNotFoundError:
        raise SettingsError("terraform is not on the PATH: the root's outputs can't be read.") from None
    if code != 0:
        raise SettingsError(f"terraform output in {root} failed: {error.strip()}")
    values = {name: output["value"] for name, output in json.loads(text).items()}
    if not values:
        raise SettingsError(f"The root in {root} has no outputs: is it applied?")
    return values
