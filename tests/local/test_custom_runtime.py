"""The same code on `provided.al2023`, with an interpreter in a layer, which `examples/custom-runtime` builds."""

import hashlib
import io
import itertools
import json
import platform
import re
import sys
import tarfile
import time
import zipfile
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.client import Client
from support.functions import create_function, delete_function
from support.terraform import Root
from support.waiting import eventually

# The interpreter that runs the tests, which has boto3: what a real layer carries along, this one borrows.
INTERPRETER = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'


@pytest.fixture(scope="module")
def layer_arn(api: Callable[[str], Any]) -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        entry = zipfile.ZipInfo("bin/python3")
        entry.external_attr = 0o755 << 16
        file.writestr(entry, INTERPRETER)
    layer = api("lambda").publish_layer_version(LayerName="python", Content={"ZipFile": archive.getvalue()})
    arn: str = layer["LayerVersionArn"]
    return arn


def test_the_zip_is_its_own_runtime(make_root: Callable[..., Any], layer_arn: str, environment: dict[str, str]) -> None:
    """Without a wrapper: Lambda runs `bootstrap`, which takes the layer's interpreter."""
    root = make_root("function-url", name="custom", runtime="provided.al2023", layers=[layer_arn])
    client = Client(root.apply()["function_url"], environment)
    answer = client.ask({"message": "[tokens=30 pace_ms=20]"})
    assert answer.types == ["start", *["token"] * 30, "usage", "done"]
    assert answer.tokens[-1].seconds - answer.tokens[0].seconds > 0.4
    assert root.plan_is_empty()


def test_nothing_but_the_layer_brings_packages(api: Callable[[str], Any], layer_arn: str) -> None:
    """AWS's own boto3 is not there on provided.al2023: what works here without a layer would fail on AWS."""
    clients = {service: api(service) for service in ("lambda", "iam", "logs")}
    source = "import os\ndef handler(event, context):\n    return os.path.exists(os.environ['LAMBDA_RUNTIME_DIR'])\n"
    url = create_function(
        clients, "bare", source, Runtime="provided.al2023", Environment={"Variables": {}}, Layers=[layer_arn]
    )
    with Client(url).send("GET", "/") as response:
        assert response.json() is False
    delete_function(clients, "bare")


VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
FUNCTION = "module.stream.module.function.aws_lambda_function.streaming"
LAYER = "module.python.aws_lambda_layer_version.interpreter"
BUILD = "module.python.terraform_data.build"
# What the layer leaves out anyway, and takes long to compress.
LEFT_OUT = re.compile(r"/(site-packages|__pycache__|test|config-[^/]*)(/|$)")


@pytest.fixture(scope="module")
def cpython(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the interpreter that runs the tests, one folder deep, as CPythons are published."""
    archive = tmp_path_factory.mktemp("cpython") / "cpython.tar.gz"
    root = Path(sys.base_prefix)
    with tarfile.open(archive, "w:gz", compresslevel=1) as opened:
        opened.add(root / "bin" / f"python{VERSION}", f"python/bin/python{VERSION}")
        opened.add(
            root / "lib" / f"python{VERSION}",
            f"python/lib/python{VERSION}",
            filter=lambda member: None if LEFT_OUT.search(member.name) else member,
        )
        for library in root.glob(f"lib/libpython{VERSION}.so*"):
            opened.add(library, f"python/lib/{library.name}")
    return archive


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root], cpython: Path) -> Root:
    return make_root(
        "custom-runtime",
        cpython=str(cpython),
        cpython_sha256=hashlib.sha256(cpython.read_bytes()).hexdigest(),
        architecture=ARCHITECTURE,
        python_version=VERSION,
    )


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture
def client(outputs: dict[str, Any], environment: dict[str, str]) -> Client:
    return Client(outputs["function_url"], environment)


def test_the_example_streams_on_the_layers_interpreter(client: Client) -> None:
    """Word by word, as on Lambda's own."""
    with client.send("POST", "/words", {"sentence": "one word at a time"}) as response:
        pieces = [(piece, time.monotonic()) for piece in response.iter_content(chunk_size=None)]
    assert [piece for piece, _ in pieces] == [b"one ", b"word ", b"at ", b"a ", b"time "]
    assert all(later - earlier > 0.05 for (_, earlier), (_, later) in itertools.pairwise(pieces))


def test_the_example_exports_in_constant_memory(
    client: Client, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """A million rows, whole."""
    with client.send("GET", "/export") as response:
        numbered = enumerate(response.iter_lines(chunk_size=1 << 20), start=1)
        ((rows, last),) = deque(numbered, maxlen=1)
    assert (rows, json.loads(last)) == (1_000_000, {"n": 999_999, "square": 999_999**2})

    def peaks() -> list[int]:
        events = api("logs").filter_log_events(logGroupName=outputs["log_group_name"])["events"]
        return [int(found) for event in events for found in re.findall(r"Max Memory Used: (\d+) MB", event["message"])]

    eventually(lambda: bool(peaks()))
    assert max(peaks()) < 60


def test_the_layer_is_an_interpreter_and_little_more(root: Root) -> None:
    """With bytecode that is never compared with times, without tests, tools and what only building takes."""
    (archive,) = (root.folder / ".terraform" / "bedrock-stream" / "layer-custom-runtime-python").glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        bytecode = opened.read(f"lib/python{VERSION}/__pycache__/os.cpython-{VERSION.replace('.', '')}.pyc")
        mode = opened.getinfo("bin/python3").external_attr >> 16
    assert mode == 0o100755
    assert bytecode[4:8] == b"\1\0\0\0"  # PEP 552: by hash, unchecked
    assert f"lib/python{VERSION}/json/decoder.py" in names
    assert not [name for name in names if re.search(r"/(test|idlelib|tkinter|ensurepip|site-packages)/|\.a$", name)]


@pytest.mark.soak
def test_nothing_changes_until_the_interpreter_does(root: Root, cpython: Path, client: Client) -> None:
    """Not even without the archive; another CPython is one new version, and the function moves to it."""
    with client.send("GET", "/stream?format=text&count=1") as response:
        assert response.text == "1 of 1\n"
    original = cpython.rename(cpython.with_suffix(".kept"))
    assert root.plan_is_empty()
    cpython.write_bytes(original.read_bytes() + b"\0")
    root.variables["cpython_sha256"] = hashlib.sha256(cpython.read_bytes()).hexdigest()
    assert root.planned() == {FUNCTION: ["update"], LAYER: ["create", "delete"], BUILD: ["create", "delete"]}
    root.apply()
    with client.send("GET", "/stream?format=text&count=1") as response:
        assert response.text == "1 of 1\n"
    assert root.plan_is_empty()
