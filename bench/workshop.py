"""Where everything lies that a run needs, and how it gets there."""

from __future__ import annotations

import compileall
import platform
import py_compile
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "bench"
FUNCTIONS = ROOT / "bench" / "functions"
NODE = ROOT / "bench" / "node"
MACHINES = {"x86_64": "x64", "aarch64": "arm64"}
EXECUTABLE = 0o755


@dataclass(frozen=True)
class Workshop:
    """The folders of a run.

    Attributes:
        folder: Where `make bench` built the programs and the Python environment of the contenders.
        compiled: The archive of the function and the handlers of the benchmark, with bytecode.
        source: The same without bytecode.
        home: An empty folder for the contenders' logs, and their home.
    """

    folder: Path
    compiled: Path
    source: Path
    home: Path

    @classmethod
    def set_up(cls, archive: Path) -> Workshop:
        """The workshop with the function of `archive` unpacked into it."""
        workshop = cls(BUILD, BUILD / "task", BUILD / "task-source", BUILD / "home")
        for folder in (workshop.compiled, workshop.source, workshop.home):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        for folder in (workshop.compiled, workshop.source):
            unpack(archive, folder)
        subprocess.run([workshop.python, "-m", "compileall", "-qq", workshop.python_packages], check=False)
        # As the module compiles what it packages for a target whose interpreter it finds.
        unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(workshop.compiled, quiet=2, invalidation_mode=unchecked)
        return workshop

    def program(self, name: str) -> Path:
        """A program of ours, compiled from c/."""
        return self.folder / name

    @property
    def python(self) -> Path:
        """The contenders' interpreter: this one's version, without this project and its tools beside it."""
        return self.folder / "python" / "bin" / "python"

    @property
    def python_packages(self) -> Path:
        """Where boto3 is."""
        return next((self.folder / "python").glob("lib/python3*/site-packages"))

    @property
    def node(self) -> Path:
        """The version of Node.js that Lambda has; npm brings it."""
        return NODE / "node_modules" / f"node-linux-{MACHINES[platform.machine()]}" / "bin" / "node"


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks the function as Lambda does, and lays the benchmark's handlers beside it."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    (folder / "bootstrap").chmod(EXECUTABLE)
    for path in FUNCTIONS.glob("*.py"):
        shutil.copyfile(path, folder / path.name)
