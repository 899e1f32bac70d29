"""A place to apply an example root unchanged, without a file landing in the user's tree."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from localaws.errors import ExampleError

STATE = shutil.ignore_patterns(".terraform", ".terraform.*", "*.tfstate", "*.tfstate.*", "crash*.log")

REGION = re.compile(r'^variable "region" {\n(?:  .*\n)*?  default *= "([a-z0-9-]+)"$', re.MULTILINE)
"""As `terraform fmt` writes it."""


def region_of(example: Path) -> str | None:
    """Return the default of the root's variable `region`, where it has such a variable and default."""
    found = (REGION.search(path.read_text(encoding="utf-8")) for path in sorted(example.glob("*.tf")))
    return next((match[1] for match in found if match), None)


def make_workspace(example: Path, folder: Path) -> Path:
    """Return the copy of `example` to work in, under `folder`.

    The copy has the same place below `folder` as the original has in the file system, and in each of its ancestors lie
    links to that ancestor's other children: a module source such as `../../` or `../elsewhere` leads to the real files.
    Raises ExampleError when there is no root.
    """
    root = example.resolve()
    if not any(root.glob("*.tf")):
        raise ExampleError(f"{example} holds no Terraform root: give the path of a folder with .tf files in it.")
    there, place = Path(root.anchor), folder
    for part in root.relative_to(there).parts:
        place.mkdir(parents=True, exist_ok=True)
        _link_children(there, place, part)
        there, place = there / part, place / part
    shutil.copytree(root, place, ignore=STATE, dirs_exist_ok=True)
    return place


def _link_children(source: Path, place: Path, excepted: str) -> None:
    """Link what a module source could name, so nothing hidden."""
    for child in _children(source):
        if child.name != excepted and not child.name.startswith("."):
            (place / child.name).symlink_to(child)


def _children(folder: Path) -> list[Path]:
    """Return what a folder holds, nothing when it can't be listed: a root can lie below such a folder all the same."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []
