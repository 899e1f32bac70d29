"""What a function's process is started with."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from localaws.execution.archive import unpack
from localaws.execution.command import EntrypointError, command, local_path
from localaws.execution.deployment import Deployment, Layer, LogSettings
from localaws.execution.interpreter import candidates
from localaws.execution.variables import CredentialsEndpoint, Endpoints, Places, RoleCredentials, function_variables

PLACES = Places(Path("/e/task"), Path("/e/opt"), Path("/e/runtime"), "127.0.0.1:9")
CREDENTIALS = RoleCredentials("ASIA", "secret", "token")
ENDPOINTS = Endpoints("http://127.0.0.1:1", "http://127.0.0.1:2")


def deployment(runtime: str = "python3.13", **variables: str) -> Deployment:
    return Deployment(
        name="f",
        version="$LATEST",
        runtime=runtime,
        handler="a.b",
        role_arn="arn:aws:iam::1:role/r",
        region="eu-west-1",
        archive=b"",
        code_sha256="x",
        layers=(Layer("arn:layer:1", b""),),
        variables=tuple(variables.items()),
        memory_mb=256,
        timeout_seconds=3.0,
        logs=LogSettings("/aws/lambda/f", "JSON", "DEBUG"),
    )


def variables(runtime: str = "python3.13", **own: str) -> dict[str, str]:
    return function_variables(deployment(runtime, **own), PLACES, CREDENTIALS, ENDPOINTS, "stream")


def test_what_lambda_documents() -> None:
    """Places, identity, logging, credentials."""
    values = variables()
    assert values["LAMBDA_TASK_ROOT"] == "/e/task"
    assert values["LAMBDA_LAYER_ROOT"] == "/e/opt"
    assert values["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert (values["AWS_LAMBDA_LOG_FORMAT"], values["AWS_LAMBDA_LOG_LEVEL"]) == ("JSON", "DEBUG")
    assert values["AWS_SESSION_TOKEN"] == "token"  # noqa: S105  nobody's
    assert "HOME" not in values


def test_with_snap_start_credentials_are_to_be_asked_for() -> None:
    """There are no keys in what a snapshot would carry."""
    asked = CredentialsEndpoint("http://127.0.0.1:9/x", "token")
    published = replace(deployment(), version="1", snap_start=True)
    values = function_variables(published, PLACES, asked, ENDPOINTS, "stream")
    assert values["AWS_LAMBDA_INITIALIZATION_TYPE"] == "snap-start"
    assert variables()["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert values["AWS_CONTAINER_CREDENTIALS_FULL_URI"] == "http://127.0.0.1:9/x"
    assert values["AWS_CONTAINER_AUTHORIZATION_TOKEN"] == "token"  # noqa: S105  nobody's
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} & set(values)


def test_the_functions_own_variables_come_last_but_for_reserved_ones() -> None:
    """PATH may be replaced, the Runtime API's address may not."""
    values = variables(PATH="/mine", OWN="1", AWS_LAMBDA_RUNTIME_API="elsewhere", _HANDLER="other")
    assert (values["PATH"], values["OWN"]) == ("/mine", "1")
    assert (values["AWS_LAMBDA_RUNTIME_API"], values["_HANDLER"]) == ("127.0.0.1:9", "a.b")


def test_provided_runtimes_name_no_execution_environment() -> None:
    """As on AWS."""
    assert "AWS_EXECUTION_ENV" not in variables("provided.al2023")


@pytest.mark.parametrize(
    ("wrapper", "expected"),
    [
        ("", ["/py", "/e/runtime/bootstrap.py"]),
        ("/var/task/bootstrap", ["/e/task/bootstrap", "/py", "/e/runtime/bootstrap.py"]),
        ("/opt/wrap", ["/e/opt/wrap", "/py", "/e/runtime/bootstrap.py"]),
        ("/usr/bin/env", ["/usr/bin/env", "/py", "/e/runtime/bootstrap.py"]),
    ],
)
def test_managed_command_lines(wrapper: str, expected: list[str]) -> None:
    """A wrapper gets the runtime's own command line."""
    assert command("python3.13", {"AWS_LAMBDA_EXEC_WRAPPER": wrapper}, PLACES, "/py") == expected


def test_provided_command_lines(tmp_path: Path) -> None:
    """The zip's bootstrap, else the layer's, never a wrapper."""
    places = Places(tmp_path / "task", tmp_path / "opt", tmp_path, "")
    for folder in (places.task, places.layers):
        folder.mkdir()
    wrapped = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/x"}
    with pytest.raises(EntrypointError, match="/var/task/bootstrap /opt/bootstrap"):
        command("provided.al2023", wrapped, places, "")
    (places.layers / "bootstrap").touch()
    assert command("provided.al2023", wrapped, places, "") == [str(places.layers / "bootstrap")]
    (places.task / "bootstrap").touch()
    assert command("provided.al2023", wrapped, places, "") == [str(places.task / "bootstrap")]


def test_only_whole_folders_are_mapped() -> None:
    """/optional is not /opt."""
    assert local_path("/optional/x", PLACES) == "/optional/x"
    assert local_path("/opt", PLACES) == "/e/opt"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"reserved_concurrency": 1}, True),
        ({"memory_mb": 512}, False),
        ({"code_sha256": "y"}, False),
        ({"key_arn": "arn:aws:kms:eu-west-1:1:key/1"}, False),
    ],
)
def test_fingerprints(change: dict[str, object], same: bool) -> None:
    """Whatever an environment is made from changes it."""
    fields = {name: getattr(deployment(), name) for name in Deployment.__dataclass_fields__}
    assert (Deployment(**{**fields, **change}).fingerprint == deployment().fingerprint) is same


def test_permissions_come_out_of_the_zip(tmp_path: Path) -> None:
    """And a file without recorded ones is not executable."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, mode in (("run", 0o755), ("folder/data", 0o644), ("unrecorded", 0)):
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            package.writestr(member, name)
    unpack(buffer.getvalue(), tmp_path)
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "folder/data").read_text() == "folder/data"
    assert not (tmp_path / "unrecorded").stat().st_mode & 0o111


def test_interpreters_are_searched_in_order(tmp_path: Path) -> None:
    """PATH, then pyenv's newest, then uv's."""
    names = (
        "bin/python3.13",
        ".pyenv/versions/3.13.0/bin/python3.13",
        ".pyenv/versions/3.13.10/bin/python3.13",
        ".pyenv/versions/3.12.1/bin/python3.12",
        ".local/share/uv/python/cpython-3.13.2-linux/bin/python3.13",
    )
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.touch()
    found = candidates("3.13", {"PATH": f"{tmp_path / 'bin'}:/nowhere"}, tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in found] == [names[0], names[2], names[1], names[4]]
