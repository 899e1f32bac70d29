"""The zip: what goes in, and with which run bits."""

import subprocess
import sys
import zipfile
from pathlib import Path

BUILD = Path(__file__).parents[2] / "modules" / "package" / "build.py"


def test_only_sources_go_in_and_scripts_can_run(tmp_path: Path) -> None:
    """Whatever tools and systems leave behind stays out; a checkout that lost the run bit doesn't matter."""
    source = tmp_path / "source"
    for name in (
        "bootstrap", "package/module.py", "package/__pycache__/module.cpython-313.pyc", "package/stray.pyc",
        ".DS_Store", ".ruff_cache/x", ".venv/lib/x.py", "package.egg-info/PKG-INFO",
    ):  # fmt: skip
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n" if name == "bootstrap" else "x = 1\n")
    subprocess.run([sys.executable, BUILD, source, tmp_path / "out.zip"], check=True, timeout=60)
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        modes = {entry.filename: oct(entry.external_attr >> 16) for entry in archive.infolist()}
    assert modes == {"bootstrap": "0o100755", "package/module.py": "0o100644"}
