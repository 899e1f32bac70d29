"""What stands for /var/runtime: the packages that AWS's managed Python brings along."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from localaws.execution.command import MANAGED_ENTRY

PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six", "snapshot_restore_py")
"""AWS's runtime ships boto3 with what it needs, and the registry of SnapStart's hooks.

All are pure Python, so this interpreter's copies fit any version.
"""


def make_runtime_directory(folder: Path) -> None:
    """Fill `folder` with links to the packages and with the entry that a managed runtime starts."""
    folder.mkdir(parents=True)
    for package in PACKAGES:
        source = _installed(package)
        (folder / source.name).symlink_to(source)
    shutil.copyfile(Path(__file__).with_name("managed_bootstrap.py"), folder / MANAGED_ENTRY)


def _installed(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{package} is not installed beside localaws; run `make setup`.")
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin
