"""The archives: what goes in, with which run bits, for which target; and what is refused."""

import hashlib
import os
import subprocess
import sys
import unicodedata
import zipfile
from pathlib import Path

import pytest

from support.builds import BUILD, RUNTIME_ONLY, VERSION, built, digest, order, refusal, run, top, write


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
    subprocess.run([sys.executable, BUILD, source, tmp_path], check=True, timeout=60)
    with zipfile.ZipFile(tmp_path / "handler.zip") as archive:
        modes = {entry.filename: oct(entry.external_attr >> 16) for entry in archive.infolist()}
        made = "package/__pycache__/module.cpython-313.pyc"  # anew, where a Python 3.13 runs
        assert modes.pop(made, None) is None or archive.read(made) != b"x = 1\n"
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
        assert {"bedrock_chat/app.py", "bedrock_chat/page/page.html"} <= set(archive.namelist())


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


@pytest.mark.parametrize("name", ["bootstrap", "lambda_stream/mine.py"])
def test_names_of_the_runtime_are_refused_in_sources(tmp_path: Path, name: str) -> None:
    """Rather than one silently replacing the other."""
    source = write(tmp_path / "src", {name: "x"})
    said = refusal(order(tmp_path, source_dir=str(source), source_digest=digest({name: "x"})))
    assert f"holds ['{name.split('/', maxsplit=1)[0]}'], which the module brings itself" in said


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


def test_names_are_those_of_the_plan(tmp_path: Path) -> None:
    """Terraform has every name in Unicode's form NFC, whatever form macOS keeps it in."""
    names = {"größe.json": "{}\n"}
    source = write(tmp_path / "src", {unicodedata.normalize("NFD", name): text for name, text in names.items()})
    with built(order(tmp_path, source_dir=str(source), source_digest=digest(names))) as archive:
        assert "größe.json" in archive.namelist()


def test_links_are_what_they_lead_to(tmp_path: Path) -> None:
    """Files and folders: Terraform counts them too."""
    shared = write(tmp_path / "shared", {"a.py": "a = 1\n"})
    source = write(tmp_path / "src", {"app.py": ""})
    (source / "shared").symlink_to(shared)
    (source / "b.py").symlink_to(shared / "a.py")
    files = {"app.py": "", "b.py": "a = 1\n", "shared/a.py": "a = 1\n"}
    with built(order(tmp_path, source_dir=str(source), source_digest=digest(files))) as archive:
        assert set(files) <= set(archive.namelist())


def test_modules_where_terraform_runs_are_none_of_pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiler runs there, and a root module may have a folder of scripts."""
    monkeypatch.chdir(write(tmp_path / "root", {"py_compile.py": "raise SystemExit('not that one')\n"}))
    source = write(tmp_path / "src", SOURCE)
    with built(
        order(tmp_path, source_dir=str(source), source_digest=digest(SOURCE), python_version=VERSION)
    ) as archive:
        assert f"__pycache__/app.{sys.implementation.cache_tag}.pyc" in archive.namelist()


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("PYENV_ROOT", "versions/3.99.1"),
        ("UV_PYTHON_INSTALL_DIR", "cpython-3.99.1-linux-x86_64-gnu"),
        ("XDG_DATA_HOME", "uv/python/cpython-3.99.1-linux-x86_64-gnu"),
        ("HOME", ".pyenv/versions/3.99.1"),
        ("HOME", ".local/share/uv/python/cpython-3.99.1-linux-x86_64-gnu"),
    ],
)
def test_interpreters_of_version_managers_are_found(
    tmp_path: Path, variable: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not all of them are on the PATH."""
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    # It says that it is 3.99 and, asked to compile, does nothing.
    python = write(tmp_path / place / "bin", {"python3.99": "#!/bin/sh\necho cpython 3.99\n"}) / "python3.99"
    python.chmod(0o755)
    done = run(BUILD, order(tmp_path, python_version="3.99"), **{variable: str(tmp_path)})
    assert "with bytecode for Python 3.99" in done.stdout


def test_an_old_interpreter_says_what_to_do(tmp_path: Path) -> None:
    """And not that a type is not subscriptable."""
    old = f"import sys, runpy; sys.version_info = (3, 8, 18); runpy.run_path({str(BUILD)!r})"
    done = subprocess.run([sys.executable, "-c", old], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "Set build_python to CPython 3.9 or newer." in done.stderr
