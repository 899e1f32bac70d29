"""The archives: what goes in, with which run bits, for which target; and what is refused."""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from localaws.execution.archive import unpack
from support.packages import write_wheel

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "modules" / "package" / "build.py"
LAYER = ROOT / "modules" / "package" / "layer.py"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURE = {"aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
OTHER_ARCHITECTURE = "x86_64" if ARCHITECTURE == "arm64" else "arm64"
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


SOURCE = {"app.py": "def handler(event, context): ...\n", "data/größe.json": "{}\n", "data/tool": "#!/bin/sh\n"}


def test_a_users_code_goes_in_beside_the_runtime(tmp_path: Path) -> None:
    """Without what tools and Terraform leave behind, and without the application."""
    litter = dict.fromkeys(
        (".env", ".venv/x.py", ".git/config", "__pycache__/a.pyc", "a.pyc", "node_modules/x.js", "x.egg-info/PKG-INFO",
         "wheels/x.whl", "main.tf", "prod.tfvars", "terraform.tfstate", "terraform.tfstate.backup"),
        "no",
    )  # fmt: skip
    source = write(tmp_path / "src", {**SOURCE, **litter})
    with built(order(tmp_path, source_dir=str(source), source_digest=digest(SOURCE))) as archive:
        assert top(archive) == {*RUNTIME_ONLY, "app.py", "data"}
        assert {name for name in archive.namelist() if name.split("/")[0] not in RUNTIME_ONLY} == set(SOURCE)
        modes = {name: archive.getinfo(name).external_attr >> 16 for name in ("bootstrap", "data/tool", "app.py")}
    assert modes == {"bootstrap": 0o100755, "data/tool": 0o100755, "app.py": 0o100644}


def test_the_application_goes_in_on_request(tmp_path: Path) -> None:
    """For a handler that wraps it."""
    source = write(tmp_path / "src", SOURCE)
    wanted = order(tmp_path, source_dir=str(source), source_digest=digest(SOURCE), include_application=True)
    with built(wanted) as archive:
        assert "bedrock_chat/app.py" in archive.namelist()


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the times of the files and the order in which they were made."""
    archives = []
    for number, files in enumerate((SOURCE, dict(reversed(SOURCE.items())))):
        folder = tmp_path / str(number)
        source = write(folder / "src", files)
        os.utime(source / "app.py", (number, number))
        wanted = order(folder, source_dir=str(source), source_digest=digest(SOURCE), python_version=VERSION)
        built(wanted).close()
        archives.append(Path(wanted["archive"]).read_bytes())
    assert archives[0] == archives[1]


def test_bytecode_is_compiled_where_the_version_runs(tmp_path: Path) -> None:
    """Unchecked, as archives have no times; the paths in it are Lambda's."""
    source = write(tmp_path / "src", SOURCE | {"broken.py": "def\n"})
    digest_of_all = digest(SOURCE | {"broken.py": "def\n"})
    wanted = order(tmp_path, source_dir=str(source), source_digest=digest_of_all, python_version=VERSION)
    with built(wanted) as archive:
        code = archive.read(f"__pycache__/app.{sys.implementation.cache_tag}.pyc")
        assert f"__pycache__/broken.{sys.implementation.cache_tag}.pyc" not in archive.namelist()
    assert code[4:8] == b"\1\0\0\0"  # PEP 552: by hash, unchecked
    assert b"/var/task/app.py" in code
    assert tmp_path.name.encode() not in code


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("3.99", "without bytecode, as no Python 3.99 runs here: imports take longer in each cold start"),
        (None, "without bytecode, as the target's Python version is not known"),
        (VERSION, f"with bytecode for Python {VERSION}"),
    ],
)
def test_the_output_says_whether_there_is_bytecode(tmp_path: Path, version: str | None, said: str) -> None:
    """For the version that the function runs on."""
    done = run(BUILD, order(tmp_path, python_version=version))
    assert done.stdout.rstrip().endswith(said)


def test_an_interpreter_that_only_seems_to_be_there_is_not_used(tmp_path: Path) -> None:
    """A version manager's shim for a version that is not active, for one."""
    shim = tmp_path / "bin" / "python3.99"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    done = run(BUILD, order(tmp_path, python_version="3.99"), PATH=f"{shim.parent}:{os.environ['PATH']}")
    assert "without bytecode" in done.stdout


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_requirements_are_those_of_the_target(tmp_path: Path, architecture: str) -> None:
    """Not of this machine: of several wheels the one for Lambda's Python and processor, also for a newer glibc."""
    wheels = tmp_path / "src" / "wheels"
    machines = {"arm64": "aarch64", "x86_64": "x86_64"}
    for machine in machines.values():
        for python, glibc in (("313", "manylinux_2_28"), ("312", "manylinux2014"), ("313", "manylinux_2_35")):
            tag = f"cp{python}-cp{python}-{glibc}_{machine}"
            write_wheel(wheels, "fast", "1.0", {"fast.py": f"TAG = '{tag}'\n"}, tag)
    write_wheel(wheels, "plain", "2.0", {"plain/__init__.py": ""})
    requirements = wheels.parent / "requirements.txt"
    requirements.write_text("--no-index\n--find-links ./wheels\nfast == 1.0\n./wheels/plain-2.0-py3-none-any.whl\n")
    wanted = order(
        tmp_path,
        source_dir=str(wheels.parent),
        source_digest=digest({"requirements.txt": requirements.read_text()}),
        requirements=str(requirements),
        python_version="3.13",
        architecture=architecture,
    )
    with built(wanted) as archive:
        assert archive.read("fast.py").decode() == f"TAG = 'cp313-cp313-manylinux_2_28_{machines[architecture]}'\n"
        assert {name for name in archive.namelist() if ".dist-info" in name} == {
            f"{name}.dist-info/{file}" for name in ("fast-1.0", "plain-2.0") for file in ("METADATA", "WHEEL")
        }
        assert top(archive) - {"__pycache__"} == {
            *RUNTIME_ONLY, "requirements.txt", "fast.py", "plain", "fast-1.0.dist-info", "plain-2.0.dist-info",
        }  # fmt: skip


def test_a_requirement_without_a_wheel_is_refused(tmp_path: Path) -> None:
    """Nothing is compiled for the wrong machine; pip's own words stand above ours."""
    write_wheel(tmp_path, "fast", "1.0", {"fast.py": ""}, "cp313-cp313-win_amd64")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("--no-index\n--find-links .\nfast\n")
    said = refusal(order(tmp_path, requirements=str(requirements), python_version="3.13"))
    assert "No matching distribution found for fast" in said
    assert "could not install" in said
    assert "for Python 3.13 on arm64" in said


@pytest.mark.parametrize("name", ["bootstrap", "lambda_stream/mine.py"])
def test_names_of_the_runtime_are_refused_in_sources(tmp_path: Path, name: str) -> None:
    """Rather than one silently replacing the other."""
    source = write(tmp_path / "src", {name: "x"})
    said = refusal(order(tmp_path, source_dir=str(source), source_digest=digest({name: "x"})))
    assert f"holds ['{name.split('/', maxsplit=1)[0]}'], which the module brings itself" in said


def test_names_of_the_runtime_are_refused_in_requirements(tmp_path: Path) -> None:
    """Pip would write into the runtime's folder."""
    write_wheel(tmp_path, "other", "1.0", {"lambda_stream/mine.py": ""})
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("./other-1.0-py3-none-any.whl\n")
    said = refusal(order(tmp_path, requirements=str(requirements), python_version="3.13"))
    assert "installs 'lambda_stream', which the module brings itself" in said


def test_other_files_than_planned_are_refused(tmp_path: Path) -> None:
    """What was reviewed is what is deployed."""
    source = write(tmp_path / "src", SOURCE)
    said = refusal(order(tmp_path, source_dir=str(source), source_digest=digest({})))
    assert "are not those that were planned. Plan again." in said


def test_an_archive_that_lambda_would_not_take_is_refused(tmp_path: Path) -> None:
    """Here, with the way out, and not by AWS after a long upload."""
    source = write(tmp_path / "src", {"app.py": ""})
    (source / "large.bin").write_bytes(os.urandom(53 * 1024 * 1024))
    lines = [
        f"{hashlib.sha256((source / name).read_bytes()).hexdigest()}  {name}\n" for name in ("app.py", "large.bin")
    ]
    total = hashlib.sha256("".join(lines).encode()).hexdigest()
    done = run(BUILD, order(tmp_path, source_dir=str(source), source_digest=total))
    assert done.returncode == 1
    assert "has 56 MB, and Lambda takes 50 MB directly. Put a copy of it into S3 and set package.s3" in done.stderr
    (source / "large.bin").write_bytes(bytes(251 * 1024 * 1024))
    lines[1] = f"{hashlib.sha256((source / 'large.bin').read_bytes()).hexdigest()}  large.bin\n"
    total = hashlib.sha256("".join(lines).encode()).hexdigest()
    done = run(BUILD, order(tmp_path, source_dir=str(source), source_digest=total))
    assert "unpacks to 263 MB, and Lambda takes 250 MB with all layers" in done.stderr


# --- the interpreter layer ---


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
