"""A place to apply an example root unchanged, without a file landing in the user's tree."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from localaws.errors import ExampleError

if TYPE_CHECKING:
    from pathlib import Path

TOP_MARKERS = (".git", "pyproject.toml")
STATE = shutil.ignore_patterns(".terraform", ".terraform.*", "*.tfstate", "*.tfstate.*", "crash*.log")


def make_workspace(example: Path, folder: Path) -> Path:
    """Return the copy of `example` to work in, under `folder`.

    The copy has the same place relative to the project's top as the original, and beside each of its ancestors lie
    links to that ancestor's siblings: module sources such as `../../` lead to the real files.
    Raises ExampleError when there is no root.
    """
    root = example.resolve()
    if not any(root.glob("*.tf")):
        raise ExampleError(f"{example} holds no Terraform root: give the path of a folder with .tf files in it.")
    top = project_top(root)
    place = folder
    place.mkdir(parents=True, exist_ok=True)
    there = top
    for part in root.relative_to(top).parts:
        _link_children(there, place, part)
        there, place = there / part, place / part
        if there != root:
            place.mkdir()
    shutil.copytree(root, place, ignore=STATE, dirs_exist_ok=True)
    return place


def project_top(root: Path) -> Path:
    """Return the nearest folder above that looks like a project's top, the root itself when there is none."""
    for folder in (root, *root.parents):
        if any((folder / marker).exists() for marker in TOP_MARKERS):
            return folder
    return root


def _link_children(source: Path, place: Path, excepted: str) -> None:
    for child in source.iterdir():
        if child.name != excepted and not child.name.startswith("."):
            (place / child.name).symlink_to(child)
