"""The Lambda service: places each invocation in an environment of its own, reuses idle ones, keeps the limits."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import time
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING

from localaws.execution.environment import Environment
from localaws.execution.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from localaws.execution.deployment import Deployment
    from localaws.execution.environment import Surroundings
    from localaws.execution.invocation import Failure

SETTLE_SECONDS = 0.25
"""How long an invocation waits for an environment that has answered but not yet asked for more.

Without it a client that sends one request right after another would meet a cold start, or a 429 under a reserved
concurrency of one, for losing a race of microseconds that AWS's own network never lets it lose.
"""


class ThrottledError(Exception):
    """The function's reserved concurrency is used up."""


class LambdaService:
    """All execution environments."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._environments: dict[str, list[Environment]] = defaultdict(list)
        self._serving: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)

    async def begin(
        self, deployment: Deployment, event: bytes, function_arn: str, trace_id: str | None = None
    ) -> Invocation:
        """Return an invocation that has been placed; its output channel will say how it went.

        `trace_id` is that of the trace it belongs to, None for one of its own. Raises ThrottledError beyond the
        function's reserved concurrency.
        """
        environment = await self._place(deployment)
        trace = trace_id or new_trace_id(time.time())
        invocation = Invocation(str(uuid.uuid4()), event, function_arn, trace)
        _keep(self._serving, self._serve(environment, invocation))
        return invocation

    async def take_snapshot(self, deployment: Deployment) -> Failure | None:
        """Initialise an environment of a published version, for its first invocation; return what that failed with."""
        environment = self._create(deployment)
        failure = await environment.take_snapshot()
        if failure is not None:
            self._remove(environment)
        return failure

    async def kill(self, name: str) -> None:
        """Kill a function's processes, as the system does with one that takes too much memory."""
        await asyncio.gather(*(environment.kill() for environment in self._environments.get(name, [])))

    async def end_function(self, name: str) -> None:
        """End every environment of a function that is gone."""
        await asyncio.gather(*(environment.end() for environment in self._environments.pop(name, [])))

    async def close(self) -> None:
        """End everything.

        What ends already is waited for and never cancelled: nobody else closes the port and ends the process that it
        has. And invocations are broken off first, so that no environment starts while it is ended.
        """
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await asyncio.gather(*(self.end_function(name) for name in list(self._environments)), *self._ending)

    async def _place(self, deployment: Deployment) -> Environment:
        self._retire(deployment)
        if not any(one.free for one in self._matching(deployment)):
            await self._settle(deployment)
        limit = deployment.reserved_concurrency
        if limit is not None and self._busy(deployment.name) >= limit:
            raise ThrottledError
        return self._take(deployment) or self._create(deployment)

    async def _settle(self, deployment: Deployment) -> None:
        """Wait a moment for an environment that is about to be free."""
        waits = [asyncio.ensure_future(one.released.wait()) for one in self._matching(deployment) if one.finishing]
        if waits:
            await asyncio.wait(waits, timeout=SETTLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    def _create(self, deployment: Deployment) -> Environment:
        environment = Environment(deployment, self._surroundings, f"{deployment.name}-{next(self._numbers)}")
        self._environments[deployment.name].append(environment)
        return environment

    def _take(self, deployment: Deployment) -> Environment | None:
        for environment in self._matching(deployment):
            if environment.free:
                environment.busy = True
                environment.released.clear()
                return environment
        return None

    def _matching(self, deployment: Deployment) -> list[Environment]:
        fingerprint = deployment.fingerprint
        return [one for one in self._environments[deployment.name] if one.deployment.fingerprint == fingerprint]

    def _busy(self, name: str) -> int:
        return sum(environment.busy for environment in self._environments[name])

    def _retire(self, deployment: Deployment) -> None:
        """End idle environments of the same version with older code or configuration."""
        fingerprint = deployment.fingerprint
        for environment in list(self._environments[deployment.name]):
            old = environment.deployment
            if not environment.busy and old.version == deployment.version and old.fingerprint != fingerprint:
                self._remove(environment)

    async def _serve(self, environment: Environment, invocation: Invocation) -> None:
        await environment.serve(invocation)
        if not environment.usable:
            self._remove(environment)

    def _remove(self, environment: Environment) -> None:
        with contextlib.suppress(ValueError):  # it may have been removed with its function meanwhile
            self._environments[environment.deployment.name].remove(environment)
            _keep(self._ending, environment.end())


def _keep(tasks: set[asyncio.Task[None]], work: Coroutine[None, None, None]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def new_trace_id(now: float, *, sampled: bool = False) -> str:
    """Return a trace header value."""
    root = f"1-{int(now):08x}-{secrets.token_hex(12)}"
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled={sampled:d}"
