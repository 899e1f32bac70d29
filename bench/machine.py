"""What a run ran on and with."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

from bench.workshop import NODE

if TYPE_CHECKING:
    from bench.workshop import Workshop

PYTHON_PACKAGES = ("boto3", "fastapi", "uvicorn")
NODE_PACKAGES = ("aws-lambda-ric", "@aws-sdk/client-bedrock-runtime")
KB_PER_GB = 1_000_000


def facts(workshop: Workshop) -> dict[str, str]:
    """The machine and the versions, by what is told of them."""
    memory_kb = int(_field("/proc/meminfo", "MemTotal").split()[0])
    kernel = ".".join(platform.release().split(".")[:2])
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d}",
        "Machine": f"{os.cpu_count()} x {_field('/proc/cpuinfo', 'model name')} ({platform.machine()}), "
        f"{memory_kb / KB_PER_GB:.0f} GB, Linux {kernel}",
        "Python": ", ".join([platform.python_version(), *_python_packages(workshop)]),
        "Node.js": ", ".join([_said(str(workshop.node), "--version").lstrip("v"), *map(_node_package, NODE_PACKAGES)]),
        "C compiler": _said("cc", "--version").splitlines()[0],
    }


def load() -> float:
    """How many processes ran or wanted to, on average over the last minute."""
    return os.getloadavg()[0]


def _field(path: str, name: str) -> str:
    lines = (line.partition(":") for line in Path(path).read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "unknown")


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _python_packages(workshop: Workshop) -> list[str]:
    versions = {found.name: found.version for found in distributions(path=[str(workshop.python_packages)])}
    return [f"{name} {versions[name]}" for name in PYTHON_PACKAGES]


def _node_package(name: str) -> str:
    document = json.loads((NODE / "node_modules" / name / "package.json").read_text())
    return f"{name} {document['version']}"
