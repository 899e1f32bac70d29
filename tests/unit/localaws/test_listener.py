"""Listeners leave no port open."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp import web

from localaws.listener import Listener


async def no_content(_: web.BaseRequest) -> web.Response:
    return web.Response(status=204)


def test_an_opening_that_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """It listens already by then."""
    made: list[socket.socket] = []
    create_server = socket.create_server

    def note(address: tuple[str, int]) -> socket.socket:
        made.append(create_server(address))
        return made[-1]

    async def run() -> None:
        opening = asyncio.create_task(Listener.open(no_content))
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening

    monkeypatch.setattr(socket, "create_server", note)
    asyncio.run(run())
    assert [one.fileno() for one in made] == [-1]
