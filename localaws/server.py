"""The local AWS: moto's control plane and this package's data plane, in one process on 127.0.0.1."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from moto.moto_api._internal.models import moto_api_backend
from moto.server import ThreadedMotoServer

from localaws.aws_client import make_client
from localaws.background import BackgroundLoop
from localaws.bedrock.server import BedrockStandIn
from localaws.breakage.catalogue import Place, parse_breakage
from localaws.breakage.control_plane import broken_control_plane
from localaws.data_plane import LocalDataPlane
from localaws.execution.environment import Surroundings
from localaws.execution.runtime_directory import make_runtime_directory
from localaws.execution.variables import Endpoints
from localaws.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from localaws.listener import Listener
from localaws.moto_faults import FaultLog
from localaws.moto_patches import apply, data_plane
from localaws.rest.limits import Limits
from localaws.role_logs import RoleLogs
from localaws.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from localaws.outages import Outages

DEFAULT_REGION = "us-east-1"
CALL_SECONDS = 15.0
NOT_STARTED = "The local AWS has not been started."
_MOTO = threading.Lock()
"""Held by the local AWS that runs: moto's stores are global to the process, and starting empties them."""


class LocalAws:
    """A local AWS in one region; a context manager. One at a time in a process, since moto's stores are global.

    API Gateway's limits of time, which are minutes, are divided by `gateway_time_scale`.
    """

    def __init__(self, region: str = DEFAULT_REGION, *, gateway_time_scale: float = 1.0) -> None:
        self.region = region
        self._limits = Limits(gateway_time_scale)
        self._folder = Path()
        self._endpoints: Endpoints | None = None
        self._plane: LocalDataPlane | None = None
        self._stand_in: BedrockStandIn | None = None
        self._faults = FaultLog()
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start with an empty account; nothing is left when that fails.

        Raises RuntimeError while a local AWS runs in this process, be it this one.
        """
        with contextlib.ExitStack() as cleanup:
            self._start(cleanup)
            self._cleanup = cleanup.pop_all()

    def stop(self) -> None:
        """End every process and remove every file of this local AWS."""
        self._endpoints = self._plane = None
        self._cleanup.close()

    @property
    def fault_count(self) -> int:
        """How many requests the control plane has failed to answer for an error of its own."""
        return self._faults.count

    def localised(self, text: str) -> str:
        """Return a text in which the URLs that AWS gives to REST APIs and distributions lead to this local AWS.

        They name AWS's hosts, or a distribution's own; the path stays as it is.
        """
        return self._plane.localised(text) if self._plane else text

    @property
    def model_requests(self) -> list[bytes]:
        """Return the bodies of the last 20 requests that reached a model, the latest last."""
        return list(self._stand_in.received) if self._stand_in else []

    @property
    def outages(self) -> Outages:
        """Return the failures of services, which tests can ask for, and the calls that functions made."""
        if self._plane is None:
            raise RuntimeError(NOT_STARTED)
        return self._plane.outages

    def kill(self, function_name: str) -> None:
        """Kill a function's processes in the middle of whatever they do; the next request gets a new one."""
        if self._plane is None:
            raise RuntimeError(NOT_STARTED)
        self._plane.kill(function_name)

    @contextlib.contextmanager
    def broken(self, *breakages: str) -> Iterator[None]:
        """Break every endpoint in the named ways for a while; see `localaws.breakage.catalogue`.

        Raises BreakageError for a name that doesn't exist, and for one that nothing deployed can be broken in.
        """
        if self._plane is None:
            raise RuntimeError(NOT_STARTED)
        chosen = [parse_breakage(text) for text in breakages]
        clients = functools.partial(make_client, self.environment())
        with contextlib.ExitStack() as mending:
            for breakage in chosen:
                if breakage.kind.place is Place.CONTROL_PLANE:
                    mending.enter_context(broken_control_plane(breakage.kind.name, clients))
                mending.enter_context(self._plane.breakages.during(breakage))
            yield

    def environment(self) -> dict[str, str]:
        """Return the variables that turn any AWS client towards this local AWS.

        They override whatever could lead to a real account: profiles, session tokens, configuration files.
        """
        if self._endpoints is None:
            raise RuntimeError(NOT_STARTED)
        no_proxy = ",".join(filter(None, ("127.0.0.1,localhost", os.environ.get("NO_PROXY"))))
        return {
            "AWS_ENDPOINT_URL": self._endpoints.control_plane,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self._endpoints.bedrock_runtime,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_SESSION_TOKEN": "",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_PROFILE": "default",
            "AWS_DEFAULT_PROFILE": "default",
            "AWS_CONFIG_FILE": str(self._folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self._folder / "credentials"),
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": no_proxy,
            "no_proxy": no_proxy,
        }

    def child_environment(self) -> dict[str, str]:
        """Return this process's environment for a child, with nothing left of any other AWS configuration."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return inherited | self.environment()

    def _start(self, cleanup: contextlib.ExitStack) -> None:
        if not _MOTO.acquire(blocking=False):
            raise RuntimeError("A local AWS runs in this process already: stop it first, there is one at a time.")
        cleanup.callback(_MOTO.release)
        apply()
        self._faults.attach()
        cleanup.callback(self._faults.detach)
        moto_api_backend.reset()
        self._folder = Path(tempfile.mkdtemp(prefix="localaws-"))
        cleanup.callback(shutil.rmtree, self._folder, ignore_errors=True)
        background = BackgroundLoop("localaws-data-plane")
        background.start()
        cleanup.callback(background.stop)
        store = Store(self.region)
        self._endpoints = Endpoints(_start_moto(cleanup), self._start_bedrock(background, store, cleanup))
        plane = LocalDataPlane(background, store, self._surroundings(store, self._endpoints), self._limits)
        cleanup.callback(plane.close)
        data_plane.connect(plane)
        self._plane = plane
        cleanup.callback(data_plane.connect, None)
        self._write_client_files()

    def _start_bedrock(self, background: BackgroundLoop, store: Store, cleanup: contextlib.ExitStack) -> str:
        self._stand_in = stand_in = BedrockStandIn(self.region, store, store)
        listener = background.call(Listener.open(stand_in.handle), CALL_SECONDS)
        cleanup.callback(lambda: background.call(listener.close(), CALL_SECONDS))
        return f"http://127.0.0.1:{listener.port}"

    def _surroundings(self, store: Store, endpoints: Endpoints) -> Surroundings:
        runtime = self._folder / "runtime"
        make_runtime_directory(runtime)
        return Surroundings(
            folder=self._folder / "environments",
            runtime=runtime,
            endpoints=endpoints,
            assume_role=store.assume_role,
            check_decryption=store.check_decryption,
            logs_of=functools.partial(RoleLogs, store),
        )

    def _write_client_files(self) -> None:
        """A profile named default must exist: clients refuse AWS_PROFILE otherwise."""
        (self._folder / "config").write_text(f"[default]\nregion = {self.region}\n", encoding="ascii")
        (self._folder / "credentials").write_text("[default]\n", encoding="ascii")


def _start_moto(cleanup: contextlib.ExitStack) -> str:
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    cleanup.callback(moto.stop)
    return f"http://127.0.0.1:{moto.get_host_and_port()[1]}"
