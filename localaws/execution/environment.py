"""One execution environment: unpacked code, a process, its Runtime API and the invocations it serves in turn."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from zipfile import BadZipFile

from localaws.authorization import AccessDeniedError
from localaws.execution import container_credentials, snapshot
from localaws.execution.archive import unpack
from localaws.execution.command import EntrypointError, command
from localaws.execution.container_credentials import ContainerCredentials
from localaws.execution.interpreter import find_interpreter
from localaws.execution.invocation import Cut, Failure
from localaws.execution.log_stream import LogStore, LogStream, new_stream_name
from localaws.execution.platform_log import PlatformLog, Usage
from localaws.execution.process import FunctionProcess
from localaws.execution.runtime_api import RuntimeApi
from localaws.execution.variables import (
    CredentialsEndpoint,
    Endpoints,
    Places,
    RoleCredentials,
    function_variables,
    is_managed,
)
from localaws.execution_role import KeyAccessDeniedError

if TYPE_CHECKING:
    from pathlib import Path

    from localaws.execution.deployment import Deployment
    from localaws.execution.invocation import Invocation

INIT_SECONDS = 10.0
"""Lambda's limit of the init phase. Here a function whose timeout is longer gets that long instead."""

DRAIN_SECONDS = 1.0
BAD_GATEWAY = 502


class RoleSession(Protocol):
    """STS, as far as an environment needs it."""

    def __call__(self, role_arn: str, session: str) -> RoleCredentials:
        """Return fresh credentials of the role; AccessDeniedError when it does not trust Lambda."""


class KeyAccess(Protocol):
    """KMS, as far as an environment needs it."""

    def __call__(self, role_arn: str, function: str, key_arn: str) -> None:
        """Raise KeyAccessDeniedError unless a function's role may decrypt with the key."""


class RoleLogStore(Protocol):
    """CloudWatch Logs, as a role's session may use it."""

    def __call__(self, role_arn: str, session: str) -> LogStore:
        """Return the log store of the session."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all environments of one local AWS share."""

    folder: Path
    runtime: Path
    endpoints: Endpoints
    assume_role: RoleSession
    check_decryption: KeyAccess
    logs_of: RoleLogStore


@dataclass(frozen=True, slots=True)
class Exited:
    """The runtime's process has ended."""

    reason: str


class Ready:
    """The runtime asks for its next invocation."""


class Restorable:
    """The runtime has got to where its snapshot is taken."""


Turn = Ready | Restorable | Exited | Failure


class Environment:
    """A place for one invocation at a time.

    With SnapStart its process stands for one that Lambda has restored: its init phase has run up to the snapshot, and
    it goes on when the first invocation comes.
    """

    def __init__(self, deployment: Deployment, surroundings: Surroundings, name: str) -> None:
        self.deployment = deployment
        self.busy = True
        self.finishing = False
        self.released = asyncio.Event()
        self._surroundings = surroundings
        self._folder = surroundings.folder / name
        self._credentials = ContainerCredentials() if deployment.snap_start else None
        self._api = RuntimeApi(self, self._credentials)
        self._process: FunctionProcess | None = None
        self._turn: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        logs = surroundings.logs_of(deployment.role_arn, deployment.name)
        stream = new_stream_name(deployment.version, time.time())
        self._log = LogStream(deployment.name, stream, deployment.logs, logs)
        self._lines = PlatformLog(deployment.version, as_json=deployment.logs.format == "JSON")
        self._started = 0.0
        self._init_ms: float | None = None
        self._restore_ms: float | None = None
        self._initialised = False
        self._awaits_restore = False

    @property
    def usable(self) -> bool:
        """Tell whether the environment can take further invocations."""
        return self._initialised and self._process is not None and self._process.running

    @property
    def free(self) -> bool:
        """Tell whether an invocation can be placed here at once."""
        return self.usable and not self.busy

    # What the runtime does (RuntimeObserver).

    def runtime_ready(self) -> None:
        """Note that the runtime asks for its next invocation."""
        self._resolve(Ready())

    def runtime_restorable(self) -> None:
        """Note that the runtime has got to where its snapshot is taken."""
        self._resolve(Restorable())

    def runtime_init_failed(self, failure: Failure) -> None:
        """Note that the runtime reported an error of its init phase, or of a restore."""
        self._resolve(failure)

    def response_ended(self) -> None:
        """Note that the environment will be free in a moment."""
        self.finishing = True

    # What is done with it.

    async def serve(self, invocation: Invocation) -> None:
        """Run one invocation to its end, whatever that is; afterwards the environment is free or not usable."""
        try:
            failure = None if self._initialised else await self._initialise()
            if failure is None and self._awaits_restore:
                failure = await self._restore()
            if failure is None:
                await self._invoke(invocation)
            else:
                invocation.output.finish(failure)
        finally:
            invocation.output.finish(Cut("Sandbox.Failure", "The execution environment was ended."))
            self.busy = self.finishing = False
            self.released.set()

    async def take_snapshot(self) -> Failure | None:
        """Run the init phase ahead of any invocation; return what it failed with."""
        failure = await self._initialise()
        self.busy = False
        self.released.set()
        return failure

    async def kill(self) -> None:
        """Kill the process, whatever it does, and see it end; there may be none yet."""
        if self._process:
            self._process.kill()
            await self._process.wait()

    async def end(self) -> None:
        """End the process and remove everything of this environment."""
        self._initialised = False
        try:
            if self._process:
                await self._process.terminate()
        finally:  # whoever waits for the end may lose patience, and nobody ends an environment twice
            self._resolve(Exited("The execution environment was ended."))
            self._api.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._log.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _decrypt(self) -> Failure | None:
        """Return a failure when the role may not read the variables; AWS's log has nothing of it."""
        deployment, check = self.deployment, self._surroundings.check_decryption
        if deployment.key_arn and deployment.variables:
            try:
                await asyncio.to_thread(check, deployment.role_arn, deployment.name, deployment.key_arn)
            except KeyAccessDeniedError as error:
                payload = json.dumps({"Type": None, "Message": str(error)}).encode()
                return Failure("KMSAccessDeniedException", payload, BAD_GATEWAY)
        return None

    async def _initialise(self) -> Failure | None:
        """Start the runtime and wait for its first `/next`, or for where its snapshot is taken."""
        failure = await self._decrypt()
        if failure is None:
            await self._log.start()
            failure = await self._run_init()
            if failure is not None:
                self._init_failed(failure)
        return failure

    async def _run_init(self) -> Failure | None:
        try:
            await self._start()
        except (EntrypointError, OSError, BadZipFile) as error:
            return _failure("Runtime.InvalidEntrypoint", str(error))
        except AccessDeniedError as error:
            return _not_assumed(error)
        shortest = snapshot.MIN_INIT_SECONDS if self._credentials else INIT_SECONDS
        turn = await self._wait(max(shortest, self.deployment.timeout_seconds))
        self._initialised = isinstance(turn, Ready | Restorable)
        self._awaits_restore = isinstance(turn, Restorable)
        if not self._awaits_restore:  # Lambda reports no init phase that was over before there was an invocation
            self._init_ms = (time.perf_counter() - self._started) * 1000
        return _init_failure(turn)

    def _init_failed(self, failure: Failure) -> None:
        message = failure.payload.decode(errors="replace")
        self._log.write(f"INIT_REPORT Phase: init\tStatus: error\tError Type: {failure.error_type}\t{message}")
        if self._process:
            self._process.kill()

    async def _restore(self) -> Failure | None:
        """Let the process go on as one that is restored, with credentials of its own, up to its first `/next`."""
        started = time.perf_counter()
        self._awaits_restore = False
        self._turn = asyncio.get_running_loop().create_future()
        try:
            await asyncio.to_thread(self._renew_credentials, container_credentials.RESTORED_SECONDS)
        except AccessDeniedError as error:
            self._resolve(_not_assumed(error))
        if not self.usable:  # it died since its snapshot was taken
            self._resolve(Exited("Runtime exited without providing a reason"))
        self._api.restore()
        failure = _restore_failure(await self._wait(snapshot.RESTORE_SECONDS))
        self._restore_ms = (time.perf_counter() - started) * 1000
        self._log.write(self._lines.restored(self._restore_ms, time.time(), "error" if failure else "success"))
        if failure:
            self._initialised = False
            if self._process:
                self._process.kill()
        return failure

    async def _start(self) -> None:
        deployment, near = self.deployment, self._surroundings
        # A provided runtime brings nothing: whatever it needs, boto3 above all, must come with a layer or the zip.
        runtime = near.runtime if is_managed(deployment.runtime) else self._folder / "runtime"
        places = Places(self._folder / "task", self._folder / "opt", runtime, await self._api.start())
        credentials = await asyncio.to_thread(self._unpack, places)
        variables = function_variables(deployment, places, credentials, near.endpoints, self._log.name)
        interpreter = await asyncio.to_thread(self._interpreter)
        line = command(deployment.runtime, variables, places, interpreter)
        self._started = time.perf_counter()
        self._process = await FunctionProcess.start(line, variables, places.task)
        self._tasks.append(asyncio.create_task(self._log.copy(self._process.output)))
        self._tasks.append(asyncio.create_task(self._watch(self._process)))

    def _unpack(self, places: Places) -> RoleCredentials | CredentialsEndpoint:
        unpack(self.deployment.archive, places.task)
        places.layers.mkdir(parents=True)
        for layer in self.deployment.layers:
            unpack(layer.archive, places.layers)
        if self._credentials is None:
            return self._assume_role()
        self._renew_credentials(container_credentials.SNAPSHOT_SECONDS)
        url = f"http://{places.runtime_api}{container_credentials.PATH}"
        return CredentialsEndpoint(url, self._credentials.token)

    def _assume_role(self) -> RoleCredentials:
        return self._surroundings.assume_role(self.deployment.role_arn, self.deployment.name)

    def _renew_credentials(self, seconds: int) -> None:
        if self._credentials:
            self._credentials.renew(self._assume_role(), seconds, time.time())

    def _interpreter(self) -> str:
        if not is_managed(self.deployment.runtime):
            return ""
        path, exact = find_interpreter(self.deployment.runtime)
        if not exact:
            self._log.write(f"localaws: no {self.deployment.runtime} was found on this machine; running on {path}")
        return path

    async def _invoke(self, invocation: Invocation) -> None:
        deployment, started = self.deployment, time.perf_counter()
        request_id = invocation.request_id
        self._log.write(self._lines.start(request_id, time.time()))
        invocation.deadline_ms = int((time.time() + deployment.timeout_seconds) * 1000)
        self._turn = asyncio.get_running_loop().create_future()
        if not self.usable:  # it died while it was idle, after it was chosen
            self._resolve(Exited("Runtime exited without providing a reason"))
        self._api.assign(invocation)
        status = await self._outcome(invocation, await self._wait(deployment.timeout_seconds))
        duration_ms = (time.perf_counter() - started) * 1000
        usage = Usage(duration_ms, self._init_ms, deployment.memory_mb, self._peak_memory_mb(), self._restore_ms)
        self._init_ms = self._restore_ms = None
        for line in self._lines.end(request_id):
            self._log.write(line)
        self._log.write(self._lines.report(request_id, usage, time.time(), status))

    async def _outcome(self, invocation: Invocation, turn: Turn | None) -> str:
        """Give a broken-off invocation its end, log it, and return the status for the REPORT line."""
        if isinstance(turn, Ready):
            return "success"
        seconds = self.deployment.timeout_seconds
        if isinstance(turn, Exited):
            await self._api.drained(DRAIN_SECONDS)
            invocation.output.finish(Cut("Runtime.ExitError", turn.reason))
            self._log.write(self._lines.failed(invocation.request_id, turn.reason))
            self._initialised = False
            return "failure"
        invocation.output.finish(Cut("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds"))
        self._log.write(self._lines.timed_out(invocation.request_id, seconds, time.time()))
        self._initialised = False
        if self._process:
            self._process.kill()
        return "timeout"

    def _peak_memory_mb(self) -> int:
        return self._process.peak_memory_mb() if self._process else 0

    async def _watch(self, process: FunctionProcess) -> None:
        self._resolve(Exited(await process.wait()))

    async def _wait(self, seconds: float) -> Turn | None:
        """Return the runtime's next move, None when it takes too long."""
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self._turn), seconds)
        return None

    def _resolve(self, turn: Turn) -> None:
        if not self._turn.done():
            self._turn.set_result(turn)


def _failure(error_type: str, message: str) -> Failure:
    return Failure(error_type, json.dumps({"errorMessage": message, "errorType": error_type}).encode())


def _not_assumed(error: AccessDeniedError) -> Failure:
    message = f"The role defined for the function cannot be assumed by Lambda. {error}"
    return _failure("AccessDeniedException", message)


def _init_failure(turn: Turn | None) -> Failure | None:
    """Return what became of an init phase, None when it has come to its end."""
    match turn:
        case Ready() | Restorable():
            return None
        case Failure():
            return turn
        case Exited(reason):
            return _failure("Runtime.ExitError", reason)
    return _failure("Sandbox.Timedout", "The init phase timed out.")


def _restore_failure(turn: Turn | None) -> Failure | None:
    """Return what became of a restore, None when the runtime asks for its first invocation."""
    match turn:
        case Ready():
            return None
        case Failure(error_type):
            return snapshot.restore_failed(error_type)
        case Exited(reason):
            return snapshot.restore_failed(reason)
    return snapshot.restore_timed_out()
