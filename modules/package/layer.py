"""Builds a layer that brings CPython to provided.al2023. Standard library only, for any CPython from 3.9 on.

    python modules/package/layer.py '{"cpython": "cpython-3.13-aarch64.tar.gz", ...}'     Terraform calls it like this

The layer is unpacked into /opt, which has the shape of an installation's folder: bin/python3 finds lib/python3.x beside
it, and Lambda looks for libraries in /opt/lib. So the CPython must be relocatable and need no library that
provided.al2023 lacks, as the builds of python-build-standalone.
"""

import hashlib
import json
import re
import shutil
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from build import ELF, BuildError, Files, check_limits, compile_for, files_below, write_archive

OLDEST = (3, 11)
EXECUTABLE = re.compile(r"python(3\.[0-9]+)")
LAYER_ROOT = "/opt"
PYTHON_ENTRY = "bin/python3"

# Parts of a CPython that no function needs: tests, tools for people, headers, what only building takes.
TRIMMED = re.compile(
    r"(^|/)(test|tests|idle_test|idlelib|turtledemo|tkinter|lib2to3|ensurepip|pydoc_data|site-packages|__pycache__"
    r"|config-[^/]*|turtle\.py|_test[^/]*\.so|_ctypes_test[^/]*|_xxtest[^/]*|xx[^/]*\.so|_tkinter[^/]*"
    r"|[^/]*\.(a|pyc|exe))(/|$)"
)

# The field e_machine of an ELF file, 16 bits at byte 18.
ELF_MACHINES = {183: "arm64", 62: "x86_64"}
ELF_MACHINE = slice(18, 20)
READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Order:
    """What Terraform asks for. Paths are relative to the folder that it runs in."""

    cpython: str
    sha256: Optional[str]  # noqa: UP045  the build machine may have Python 3.9
    architecture: str
    archive: str
    built: str


def build_layer(order: Order) -> str:
    """Writes the layer's zip and returns a line that says what was done."""
    with tempfile.TemporaryDirectory(prefix="bedrock-stream-") as folder:
        given = Path(order.cpython)
        if order.sha256 is not None:
            check_sha256(given, order.sha256)
            given = unpacked(given, Path(folder) / "cpython")
        root, version = find_installation(given)
        python = root / "bin" / f"python{version}"
        check_machine(python, order.architecture)
        staging = Path(folder) / "layer"
        copy_files(layer_files(root, version), staging)
        compiled = compile_for(version, staging / "lib", f"{LAYER_ROOT}/lib", str(python))
        archive = Path(order.archive)
        write_archive(files_below(staging), archive)
    check_limits(archive, "Give a CPython that is stripped of debug information.")
    Path(f"{order.archive}.built").write_text(order.built, encoding="ascii")
    return f"{archive}: CPython {version}, {archive.stat().st_size / 1e6:.1f} MB for {order.architecture}, {compiled}"


def check_sha256(archive: Path, wanted: str) -> None:
    """Raises BuildError unless the file is the one that was pinned."""
    if not archive.is_file():
        raise BuildError(
            f"There is no file {archive}. Download it, or give the folder of a CPython with sha256 = null."
        )
    digest = hashlib.sha256()
    with archive.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    if digest.hexdigest() != wanted.lower():
        raise BuildError(f"{archive} has the SHA-256 {digest.hexdigest()}, and {wanted} is pinned.")


def unpacked(archive: Path, folder: Path) -> Path:
    """The folder, with the content of a tar archive."""
    if not hasattr(tarfile, "data_filter"):
        raise BuildError("This Python can't unpack archives safely: build with 3.9.17, 3.10.12, 3.11.4 or newer.")
    try:
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    except tarfile.TarError as error:
        raise BuildError(f"{archive} is no tar archive that can be unpacked: {error}") from error
    return folder


def find_installation(folder: Path) -> "tuple[Path, str]":
    """The folder with bin/python3.x and lib/python3.x, here or one level below, and that version."""
    for root in (folder, *sorted(path for path in folder.glob("*") if path.is_dir())):
        for path in sorted(root.glob("bin/python3.*")):
            found = EXECUTABLE.fullmatch(path.name)
            if found and (root / "lib" / path.name / "os.py").is_file():
                return root, supported(found[1])
    raise BuildError(f"{folder} holds no CPython: there is no bin/python3.x with lib/python3.x/os.py beside it.")


def supported(version: str) -> str:
    """The version; raises BuildError when the streaming runtime doesn't run on it."""
    if tuple(map(int, version.split("."))) < OLDEST:
        raise BuildError(f"The CPython given is {version}, and the streaming runtime needs 3.11 or newer.")
    return version


def check_machine(python: Path, architecture: str) -> None:
    """Raises BuildError unless the interpreter is for the architecture."""
    with python.open("rb") as file:
        head = file.read(ELF_MACHINE.stop)
    machine = ELF_MACHINES.get(int.from_bytes(head[ELF_MACHINE], "little")) if head.startswith(ELF) else None
    if machine != architecture:
        raise BuildError(f"{python} is for {machine or 'another system'}, and the layer is for {architecture}.")


def layer_files(root: Path, version: str) -> Files:
    """The files of the layer by their names in it."""
    library = root / "lib" / f"python{version}"
    kept = {name: path for name, path in files_below(library).items() if not TRIMMED.search(name)}
    python = root / "bin" / f"python{version}"
    programs = [python, *(path for name, path in kept.items() if name.endswith(".so"))]
    # The linker asks for the name with the version at its end; the one without is for compiling.
    shared = [path for path in root.glob(f"lib/libpython{version}.so.*") if is_linked(path.name, programs)]
    return {
        # A copy, where an installation has a link: not every unpacker of zips makes links.
        PYTHON_ENTRY: python,
        **{f"lib/{path.name}": path for path in shared},
        **{f"lib/python{version}/{name}": path for name, path in kept.items()},
    }


def is_linked(library: str, programs: "list[Path]") -> bool:
    """Whether one of the programs names the library: some CPythons carry one of 20 MB for others only."""
    name = library.encode() + b"\0"
    return any(name in path.read_bytes() for path in programs)


def copy_files(files: Files, folder: Path) -> None:
    """Copies the files to their names below the folder; links become what they lead to."""
    for name, path in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def main(arguments: "list[str]") -> None:
    """Builds what the argument says."""
    try:
        print(build_layer(Order(**json.loads(arguments[0]))))  # noqa: T201  Terraform shows it
    except BuildError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
