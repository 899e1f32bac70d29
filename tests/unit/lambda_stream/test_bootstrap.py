"""The function's entry, run as a process from the deployed zip, in both of its roles."""

import _imp
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.runtime_api import Invoke, RuntimeApiServer

PYTHON_3_13 = b"\xf3\r\r\n"
ZIP = Path(__file__).parents[3] / "dist" / "handler.zip"
WHOLE_ZIP = ZIP.with_name("chat.zip")
Start = Callable[..., subprocess.Popen[str]]

HANDLER = """
import os, signal
import layered, runtime_package

def handler(event, context):
    print("printed", end="")
    yield f"{event} {layered.ORIGIN} {runtime_package.ORIGIN}"

def killed(event, context):
    print("printed", end="")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def extract(archive: Path, target: Path) -> None:
    """Unpacks as Lambda does, with the run bits that the zip says."""
    with zipfile.ZipFile(archive) as file:
        for entry in file.infolist():
            path = Path(file.extract(entry, target))
            path.chmod((entry.external_attr >> 16) & 0o777)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A task root with the deployed code and a user's, a layer, and the runtime's own packages."""
    task, layer, runtime = (tmp_path / name for name in ("task", "opt", "runtime"))
    extract(ZIP, task)
    (task / "app.py").write_text(HANDLER)
    (task / "broken.py").write_text("import absent\n")
    (layer / "python").mkdir(parents=True)
    (layer / "python" / "layered.py").write_text("ORIGIN = 'layer'\n")
    runtime.mkdir()
    (runtime / "layered.py").write_text("ORIGIN = 'runtime'\n")
    (runtime / "runtime_package.py").write_text("ORIGIN = 'runtime'\n")
    return tmp_path


@pytest.fixture
def start(folders: Path, api: RuntimeApiServer) -> Iterator[Start]:
    processes: list[subprocess.Popen[str]] = []

    def launch(handler: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        environment = {
            **variables,
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_RUNTIME_API": api.host,
            "LAMBDA_TASK_ROOT": str(folders / "task"),
            "LAMBDA_LAYER_ROOT": str(folders / "opt"),
            "LAMBDA_RUNTIME_DIR": str(folders / "runtime"),
            "_HANDLER": handler,
        }
        process = subprocess.Popen(
            [folders / "task" / "bootstrap", *arguments], cwd="/", env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        processes.append(process)
        return process

    yield launch
    for process in processes:
        process.kill()
        process.communicate(timeout=10)


def test_the_zips_are_what_the_sources_build(tmp_path: Path) -> None:
    """Entry by entry: what is reviewed is what is deployed."""
    root = ZIP.parents[1]
    build = root / "modules/package/build.py"
    subprocess.run([sys.executable, build, root / "handler", tmp_path], check=True, timeout=60)
    for archive in (ZIP, WHOLE_ZIP):
        assert sources(tmp_path / archive.name) == sources(archive), "run `make package` and commit dist/"


def test_what_only_data_needs_is_in_one_zip_alone() -> None:
    """The other has everything else."""
    names, whole = ({entry[0] for entry in sources(archive)} for archive in (ZIP, WHOLE_ZIP))
    assert names < whole
    parts = {"/".join(name.split("/")[:2]) for name in whole - names}
    assert parts == {"bedrock_chat/history", "bedrock_chat/privacy", "bedrock_chat/prompt"}


def sources(archive: Path) -> list[tuple[str, tuple[int, ...], int, bytes]]:
    with zipfile.ZipFile(archive) as opened:
        return [
            (entry.filename, entry.date_time, entry.external_attr, opened.read(entry))
            for entry in opened.infolist()
            if not entry.filename.endswith(".pyc")
        ]


@pytest.mark.parametrize("archive", [ZIP, WHOLE_ZIP], ids=["handler", "chat"])
def test_the_zip_has_the_bytecode_of_its_sources(archive: Path) -> None:
    """For the default runtime. It is not checked when it is loaded, so it must be that of the sources beside it."""
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        for name in (name for name in names if name.endswith(".py")):
            folder, _, module = name.rpartition("/")
            compiled = opened.read(f"{folder}/__pycache__/{module.removesuffix('.py')}.cpython-313.pyc")
            assert compiled[:4] == PYTHON_3_13
            assert compiled[4:8] == b"\1\0\0\0"  # PEP 552: by hash, unchecked
            assert compiled[8:16] == _imp.source_hash(int.from_bytes(PYTHON_3_13, "little"), opened.read(name)), name
            assert f"/var/task/{name}".encode() in compiled


def test_the_zip_is_small() -> None:
    """Lambda fetches it at each cold start."""
    with zipfile.ZipFile(ZIP) as opened:
        sizes = {entry.filename: entry.compress_size for entry in opened.infolist()}
    assert sum(size for name, size in sizes.items() if not name.endswith(".pyc")) < 150_000
    assert ZIP.stat().st_size < 600_000


def test_as_an_exec_wrapper_it_takes_lambdas_interpreter(api: RuntimeApiServer, start: Start) -> None:
    """The first word of Lambda's own command line; layers come before the runtime's packages."""
    api.invocations = [Invoke(b'"hello"')]
    process = start("app.handler", sys.executable, "/var/runtime/bootstrap.py")
    stdout, _ = process.communicate(timeout=20)
    (response,) = (request for request in api.received if request.path.endswith("/response"))
    assert response.body == b"hello layer runtime"
    assert stdout == "printed"


@pytest.mark.parametrize("arguments", [[sys.executable, "/var/runtime/bootstrap.py"], []], ids=["managed", "provided"])
def test_another_wrapper_starts_the_runtime(
    api: RuntimeApiServer, start: Start, folders: Path, arguments: list[str]
) -> None:
    """As a layer's does: it changes the environment, the handler's name too, and executes what it was given."""
    interpreter = folders / "opt" / "bin" / "python3"
    interpreter.parent.mkdir()
    interpreter.symlink_to(sys.executable)
    wrapper = folders / "opt" / "a wrapper"
    wrapper.write_text('#!/bin/sh\nexport _HANDLER="app.handler"\necho "wrapped"\nexec "$@"\n')
    wrapper.chmod(0o755)
    api.invocations = [Invoke(b'"hello"')]
    stdout, _ = start("absent.handler", *arguments, LAMBDA_STREAM_EXEC_WRAPPER=str(wrapper)).communicate(timeout=20)
    (response,) = (request for request in api.received if request.path.endswith("/response"))
    assert (response.body, stdout) == (b"hello layer runtime", "wrapped\nprinted")


def test_what_a_handler_prints_is_in_the_log_at_once(api: RuntimeApiServer, start: Start) -> None:
    """Also when Lambda kills the process in the next moment, in the middle of a line."""
    api.invocations = [Invoke(b'"hello"')]
    process = start("app.killed", sys.executable)
    stdout, _ = process.communicate(timeout=20)
    assert (stdout, process.returncode) == ("printed", -9)


def test_as_the_runtime_it_takes_the_layers_interpreter(api: RuntimeApiServer, start: Start, folders: Path) -> None:
    """On provided.al2023 there are no arguments; the layer holds bin/python3."""
    interpreter = folders / "opt" / "bin" / "python3"
    interpreter.parent.mkdir()
    interpreter.symlink_to(sys.executable)
    api.invocations = [Invoke(b'"hello"')]
    start("app.handler").communicate(timeout=20)
    assert api.received[1].body == b"hello layer runtime"


def test_without_an_interpreter_it_says_what_to_do(start: Start, folders: Path) -> None:
    """In the function's log, where one looks first."""
    process = start("app.handler")
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 1
    assert f"there is no interpreter at {folders}/opt/bin/python3: add a layer that holds bin/python3" in stderr


def test_a_handler_that_cannot_be_loaded_is_an_init_error(api: RuntimeApiServer, start: Start) -> None:
    """Lambda is told why, the log too, and the process ends."""
    process = start("broken.handler", sys.executable)
    log, _ = process.communicate(timeout=20)
    (report,) = api.received
    assert report.path == "/2018-06-01/runtime/init/error"
    assert report.headers["lambda-runtime-function-error-type"] == "Runtime.ImportModuleError"
    assert json.loads(report.body)["errorMessage"] == "Unable to import module 'broken': No module named 'absent'"
    assert "[ERROR] Runtime.ImportModuleError: Unable to import module 'broken'" in log
    assert process.returncode == 1


def test_wrong_settings_of_the_application_are_an_init_error(api: RuntimeApiServer, start: Start) -> None:
    """The deployed handler names the variable; boto3 comes from the runtime's packages, here the test's own."""
    start("bedrock_chat.app.handler", sys.executable).communicate(timeout=20)
    message = json.loads(api.received[0].body)["errorMessage"]
    assert message.startswith("BEDROCK_CHAT_MODEL_ID is not set")
