"""HTTP listeners on 127.0.0.1, on ports that the system chooses."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

CLOSE_SECONDS = 1.0


class Listener:
    """One port and the handler behind it."""

    def __init__(self, runner: web.ServerRunner, port: int) -> None:
        self.port = port
        self._runner = runner

    @classmethod
    async def open(cls, handler: Handler) -> Listener:
        """Listen and return the listener."""
        # A client that hangs up must not cancel the handler: on Lambda nobody tells the function either.
        # And AWS passes a compressed body on as it is: whether to unpack it is the function's to decide.
        server = web.Server(handler, handler_cancellation=False, access_log=None, auto_decompress=False)
        runner = web.ServerRunner(server, shutdown_timeout=CLOSE_SECONDS)
        await runner.setup()
        listening = socket.create_server(("127.0.0.1", 0))
        try:
            await web.SockSite(runner, listening).start()
        except asyncio.CancelledError:  # it listens by now, but the runner does not know and would leave it open
            asyncio.get_running_loop().remove_reader(listening)
            listening.close()
            await runner.cleanup()
            raise
        return cls(runner, listening.getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end the connections."""
        await self._runner.cleanup()
