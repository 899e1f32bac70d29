"""Execution environments leave neither a port nor a process, whenever they are ended."""

from __future__ import annotations

import asyncio
import io
import socket
import threading
import zipfile
from typing import TYPE_CHECKING

import pytest

from localaws.execution.deployment import Deployment, LogSettings
from localaws.execution.environment import Surroundings
from localaws.execution.invocation import Failure
from localaws.execution.process import FunctionProcess
from localaws.execution.service import LambdaService
from localaws.execution.variables import Endpoints, RoleCredentials
from support.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.execution.invocation import Invocation
    from localaws.execution.log_stream import LogLine


class Logs:
    """A log store that a test can hold up."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.goes_on = threading.Event()

    def create_stream(self, group: str, stream: str) -> None:
        del group, stream
        self.reached.set()
        self.goes_on.wait(10)

    def put(self, group: str, stream: str, lines: list[LogLine]) -> None:
        """Nothing is read here."""


class Account:
    """A service, and a function whose runtime notes where its Runtime API is and exits."""

    def __init__(self, folder: Path) -> None:
        self.noted = folder / "noted"
        self.logs = Logs()
        self.service = LambdaService(
            Surroundings(
                folder=folder / "environments",
                runtime=folder,
                endpoints=Endpoints("http://127.0.0.1:1", "http://127.0.0.1:1"),
                assume_role=lambda _role, _session: RoleCredentials("a", "b", "c"),
                check_decryption=lambda _role, _function, _key: None,
                logs_of=lambda _role, _session: self.logs,
            )
        )

    async def begin(self) -> Invocation:
        return await self.service.begin(self.deployment(), b"{}", "arn:function")

    def deployment(self, *, version: str = "$LATEST", snap_start: bool = False) -> Deployment:
        return Deployment(
            name="function",
            version=version,
            runtime="provided.al2023",
            handler="any.thing",
            role_arn="arn:aws:iam::123456789012:role/role",
            region="eu-west-1",
            archive=self._archive(),
            code_sha256="",
            layers=(),
            variables=(),
            memory_mb=128,
            timeout_seconds=5,
            logs=LogSettings(group="/aws/lambda/function"),
            snap_start=snap_start,
        )

    def _archive(self) -> bytes:
        buffer = io.BytesIO()
        member = zipfile.ZipInfo("bootstrap")
        member.external_attr = 0o755 << 16
        with zipfile.ZipFile(buffer, "w") as package:
            package.writestr(member, f"#!/bin/sh\nprintf %s \"$AWS_LAMBDA_RUNTIME_API\" > '{self.noted}'\n")
        return buffer.getvalue()


async def failure(invocation: Invocation) -> Failure:
    output = await asyncio.wait_for(invocation.output.get(), 10)
    assert isinstance(output, Failure)
    return output


def test_what_ends_already_gets_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment whose runtime has failed is being ended, slowly as on a busy machine, when all is ended."""
    account, terminate = Account(tmp_path), FunctionProcess.terminate
    account.logs.goes_on.set()

    async def terminate_slowly(process: FunctionProcess) -> None:
        await asyncio.sleep(0.5)
        await terminate(process)

    async def run() -> None:
        assert (await failure(await account.begin())).error_type == "Runtime.ExitError"
        await account.service.close()

    monkeypatch.setattr(FunctionProcess, "terminate", terminate_slowly)
    asyncio.run(run())
    host, port = account.noted.read_text().split(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port))).close()


def test_nothing_is_left_of_a_snapshot_that_failed(tmp_path: Path) -> None:
    """Its environment ends by itself, long before the local AWS does."""
    account = Account(tmp_path)
    account.logs.goes_on.set()

    def is_closed() -> bool:
        host, port = account.noted.read_text().split(":")
        try:
            socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            return not list((tmp_path / "environments").iterdir())
        return False

    async def run() -> None:
        failed = await account.service.take_snapshot(account.deployment(version="1", snap_start=True))
        assert failed is not None
        assert failed.error_type == "Runtime.ExitError"
        await asyncio.to_thread(eventually, is_closed)
        await account.service.close()

    asyncio.run(run())


def test_a_function_deleted_before_its_start_does_not_start(tmp_path: Path) -> None:
    """Its environment has been ended, and nobody would end it again."""
    account = Account(tmp_path)

    async def run() -> None:
        invocation = await account.begin()
        await asyncio.to_thread(account.logs.reached.wait, 10)
        await account.service.end_function("function")
        account.logs.goes_on.set()
        assert b"The execution environment was ended." in (await failure(invocation)).payload
        await account.service.close()

    asyncio.run(run())
    assert not account.noted.exists()
