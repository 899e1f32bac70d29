"""The same zip and the same example on `provided.al2023`, where a layer brings the interpreter and boto3."""

import io
import sys
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from support.client import Client
from support.functions import create_function, delete_function

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
