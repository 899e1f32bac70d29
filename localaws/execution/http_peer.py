"""HTTP/1.1 over one accepted connection: h11 decides, asyncio moves the bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

READ_BYTES = 64 * 1024
# A head may be long, for example by an X-Ray error cause: AWS's own emulator takes one megabyte and its buffer.
MAX_HEAD_BYTES = 1024 * 1024 + 4096


class HttpPeer:
    """The server's side of a connection, event by event."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)

    async def next_event(self) -> h11.Event | None:
        """Return the next event of the client, None when there is nothing more to come.

        Raises h11.RemoteProtocolError when the client breaks off inside a body or breaks the protocol.
        """
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._continue_if_asked()
                self._http.receive_data(await self._reader.read(READ_BYTES))
            elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return None
            else:
                return event  # type: ignore[return-value]  # h11 types its two sentinels as types

    async def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a whole answer."""
        head = h11.Response(
            status_code=status,
            headers=[(name, value) for name, value in headers.items()] + [("Content-Length", str(len(body)))],
        )
        parts = [self._http.send(head), self._http.send(h11.Data(data=body)), self._http.send(h11.EndOfMessage())]
        self._writer.write(b"".join(part for part in parts if part))
        await self._writer.drain()

    def next_cycle(self) -> bool:
        """Make ready for the connection's next request; False when there can be none."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    @property
    def can_answer(self) -> bool:
        """Tell whether an answer may still be sent on this connection."""
        return self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE)

    def close(self) -> None:
        """Close the connection after what is written has been sent."""
        self._writer.close()

    def _continue_if_asked(self) -> None:
        if self._http.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            self._writer.write(self._http.send(go_on) or b"")
