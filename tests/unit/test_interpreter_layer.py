"""The layer that brings CPython: what goes in, from which CPythons; and what is refused."""

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from localaws.execution.archive import unpack
from support.builds import LAYER, VERSION, built, refusal, write

ARCHITECTURE = {"aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
OTHER_ARCHITECTURE = "x86_64" if ARCHITECTURE == "arm64" else "arm64"
# Of an ELF file for x86_64 as much as is looked at.
HEAD = "\x7fELF" + "\0" * 14 + ">\0"


@pytest.fixture
def cpython(tmp_path: Path) -> Path:
    """The interpreter that runs the tests with links to the least that it starts with, and with much to leave out."""
    root, real = tmp_path / "python", Path(sys.base_prefix)
    (root / "bin").mkdir(parents=True)
    (root / "bin" / f"python{VERSION}").symlink_to((real / "bin" / f"python{VERSION}").resolve())
    (root / "bin" / "python3").symlink_to(f"python{VERSION}")
    library = root / "lib" / f"python{VERSION}"
    library.mkdir(parents=True)
    for path in [*(real / "lib" / f"python{VERSION}").glob("*.py"), real / "lib" / f"python{VERSION}" / "lib-dynload"]:
        (library / path.name).symlink_to(path)
    for package in ("encodings", "importlib", "collections", "re"):
        (library / package).symlink_to(real / "lib" / f"python{VERSION}" / package)
    for path in (real / "lib").glob(f"libpython{VERSION}.so*"):
        (root / "lib" / path.name).symlink_to(path)
    for name in ("test/a.py", "idlelib/a.py", "site-packages/pip/a.py", "config-x/libpython.a", "unittest/test/a.py"):
        write(library, {name: "x = 1\n"})
    return root


def layer_order(tmp_path: Path, cpython: Path, **fields: Any) -> dict[str, Any]:
    return {
        "cpython": str(cpython),
        "sha256": None,
        "architecture": ARCHITECTURE,
        "archive": str(tmp_path / "out" / "layer.zip"),
        "built": "2026-11-20T08:00:00Z",
        **fields,
    }


def test_the_layers_interpreter_finds_its_own_library(tmp_path: Path, cpython: Path) -> None:
    """Wherever it is unpacked, not where it was installed; and it takes the layer's bytecode."""
    with built(layer_order(tmp_path, cpython), LAYER) as archive:
        names = archive.namelist()
        assert archive.getinfo("bin/python3").external_attr >> 16 == 0o100755
    assert not [name for name in names if any(part in name for part in ("/test/", "idlelib", "site-packages", ".a"))]
    opt = tmp_path / "opt"
    unpack((tmp_path / "out" / "layer.zip").read_bytes(), opt)
    code = "import bisect, sys; print(sys.prefix, bisect.__file__, bisect.__cached__, sep='\\n')"
    done = subprocess.run(
        [opt / "bin" / "python3", "-I", "-c", code],
        env={"LD_LIBRARY_PATH": str(opt / "lib")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    library = opt / "lib" / f"python{VERSION}"
    cached = library / "__pycache__" / f"bisect.{sys.implementation.cache_tag}.pyc"
    assert done.stdout.splitlines() == [str(opt), str(library / "bisect.py"), str(cached)]
    assert cached.read_bytes()[4:8] == b"\1\0\0\0"


def test_a_pinned_archive_is_taken_and_another_is_not(tmp_path: Path, cpython: Path) -> None:
    """By its SHA-256, before anything in it is looked at."""
    pinned = tmp_path / "cpython.tar.gz"
    with tarfile.open(pinned, "w:gz", dereference=True) as archive:
        archive.add(cpython / "bin", "python/bin")
        archive.add(cpython / "lib" / f"python{VERSION}" / "os.py", f"python/lib/python{VERSION}/os.py")
    sha256 = hashlib.sha256(pinned.read_bytes()).hexdigest()
    said = refusal(layer_order(tmp_path, pinned, sha256="0" * 64), LAYER)
    assert f"has the SHA-256 {sha256}, and {'0' * 64} is pinned" in said
    with built(layer_order(tmp_path, pinned, sha256=sha256.upper()), LAYER) as archive:
        assert {"bin/python3", f"lib/python{VERSION}/os.py"} <= set(archive.namelist())


def test_an_interpreter_for_another_processor_is_refused(tmp_path: Path, cpython: Path) -> None:
    """It would fail in the first invocation."""
    said = refusal(layer_order(tmp_path, cpython, architecture=OTHER_ARCHITECTURE), LAYER)
    assert f"is for {ARCHITECTURE}, and the layer is for {OTHER_ARCHITECTURE}" in said


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"README": ""}, "holds no CPython: there is no bin/python3.x with lib/python3.x/os.py beside it"),
        ({"bin/python3.10": "", "lib/python3.10/os.py": ""}, "is 3.10, and the streaming runtime needs 3.11 or newer"),
        ({"bin/python3.13": "#!/bin/sh\n", "lib/python3.13/os.py": ""}, "is for another system"),
    ],
    ids=["no CPython", "too old", "no program"],
)
def test_what_is_no_fitting_interpreter_is_refused(tmp_path: Path, files: dict[str, str], said: str) -> None:
    """With the reason."""
    assert said in refusal(layer_order(tmp_path, write(tmp_path / "given", files)), LAYER)


@pytest.mark.parametrize(("content", "said"), [(None, "There is no file"), (b"x", "is no tar archive")])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    """With the reason."""
    given = tmp_path / "given.tar.gz"
    if content is not None:
        given.write_bytes(content)
    wanted = layer_order(tmp_path, given, sha256=hashlib.sha256(content or b"").hexdigest())
    assert said in refusal(wanted, LAYER)


@pytest.mark.parametrize(
    ("program", "is_kept"),
    [("bin/python3.13", True), ("lib/python3.13/lib-dynload/x.so", True), ("lib/libother.so.1", False)],
)
def test_a_library_that_nothing_in_the_layer_links_is_left_out(tmp_path: Path, program: str, is_kept: bool) -> None:
    """Some CPythons carry libpython, 20 MB, for programs that embed them."""
    files = {"bin/python3.13": HEAD, "lib/python3.13/os.py": "", "lib/python3.13/lib-dynload/x.so": HEAD}
    files |= {"lib/libpython3.13.so.1.0": HEAD, "lib/libpython3.13.so": HEAD}
    given = write(tmp_path / "given", {**files, program: f"{HEAD}libpython3.13.so.1.0\0"})
    with built(layer_order(tmp_path, given, architecture="x86_64"), LAYER) as archive:
        assert {name for name in archive.namelist() if "libpython" in name} == (
            {"lib/libpython3.13.so.1.0"} if is_kept else set()
        )
