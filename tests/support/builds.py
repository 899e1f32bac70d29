"""Runs the scripts that Terraform runs at apply, as it does."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "modules" / "package" / "build.py"
LAYER = ROOT / "modules" / "package" / "layer.py"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
RUNTIME_ONLY = {"bootstrap", "lambda_stream"}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def digest(files: dict[str, str]) -> str:
    """The digest that main.tf reckons, written down a second time."""
    lines = [f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(files.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def order(tmp_path: Path, **fields: Any) -> dict[str, Any]:
    return {
        "prebuilt": str(ROOT / "dist" / "handler.zip"),
        "archive": str(tmp_path / "out" / "key.zip"),
        "built": "2026-11-20T08:00:00Z",
        "source_dir": None,
        "source_digest": digest({}),
        "requirements": None,
        "include_application": False,
        "architecture": "arm64",
        "python_version": None,
        **fields,
    }


def run(script: Path, wanted: dict[str, Any], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, script, json.dumps(wanted)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


def built(wanted: dict[str, Any], script: Path = BUILD) -> zipfile.ZipFile:
    done = run(script, wanted)
    assert done.returncode == 0, done.stdout + done.stderr
    assert Path(f"{wanted['archive']}.built").read_text() == wanted["built"]
    return zipfile.ZipFile(wanted["archive"])


def refusal(wanted: dict[str, Any], script: Path = BUILD) -> str:
    done = run(script, wanted)
    assert done.returncode == 1
    assert not Path(wanted["archive"]).exists()
    return done.stderr


def top(archive: zipfile.ZipFile) -> set[str]:
    return {name.split("/")[0] for name in archive.namelist()}
