"""Where Terraform finds the AWS provider: a mirror on this machine when there is one, else the registry."""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PROVIDER = "registry.terraform.io/hashicorp/aws"
"""How Terraform names the provider's folder inside every mirror, whoever fills it."""

MAX_DEPTH = 5
SEARCH_SECONDS = 3.0
SKIPPED = {"node_modules", "__pycache__", "site-packages", ".git", ".venv", ".terraform", "proc", "sys", "dev"}
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i386": "386", "i686": "386"}


def local_platform() -> str:
    """Return this machine as Terraform writes it: `linux_amd64`."""
    machine = platform.machine().lower()
    return f"{sys.platform}_{MACHINES.get(machine, machine)}"


def standard_folders(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Return the folders that Terraform itself would search, and the plugin cache."""
    data = environ.get("XDG_DATA_HOME")
    shared = (environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(os.pathsep)
    folders = [home / ".terraform.d" / "plugins", Path(data) if data else home / ".local" / "share"]
    folders = [folders[0], folders[1] / "terraform" / "plugins"]
    folders += [Path(folder) / "terraform" / "plugins" for folder in shared if folder]
    folders.append(home / "Library" / "Application Support" / "io.terraform" / "plugins")
    return folders


def common_roots(home: Path) -> list[Path]:
    """Return the folders under which administrators put mirrors."""
    return [Path("/opt"), Path("/usr/local"), Path("/usr/share"), Path("/srv"), Path("/var/lib"), home]


def find_mirror(standard: Iterable[Path], roots: Iterable[Path], wanted_platform: str) -> Path | None:
    """Return the mirror folder whose PROVIDER folder has a version for the platform; bounded in depth and time."""
    for folder in standard:
        if _serves(folder, wanted_platform):
            return folder
    deadline = time.monotonic() + SEARCH_SECONDS
    return next((folder for folder in _walk(roots, deadline) if _serves(folder, wanted_platform)), None)


def _serves(mirror: Path, wanted_platform: str) -> bool:
    """Tell whether a folder is a mirror with the provider, unpacked or zipped, for the platform."""
    provider = mirror / PROVIDER
    unpacked = f"*/{wanted_platform}/terraform-provider-aws*"
    zipped = f"terraform-provider-aws_*_{wanted_platform}.zip"
    try:
        return any(True for pattern in (unpacked, zipped) for _ in provider.glob(pattern))
    except OSError:
        return False


def _walk(roots: Iterable[Path], deadline: float) -> Iterator[Path]:
    """Yield folders that hold a folder of the registry's name, breadth first."""
    level = [root for root in roots if root.is_dir()]
    for _ in range(MAX_DEPTH):
        following: list[Path] = []
        for folder in level:
            if time.monotonic() > deadline:
                return
            children = _subfolders(folder)
            if PROVIDER.partition("/")[0] in {child.name for child in children}:
                yield folder
            following += children
        level = following


def _subfolders(folder: Path) -> list[Path]:
    """Return the folders inside, links not followed: they could lead round in circles."""
    try:
        with os.scandir(folder) as entries:
            found = [
                entry.path for entry in entries if entry.name not in SKIPPED and entry.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return []
    return sorted(Path(path) for path in found)
