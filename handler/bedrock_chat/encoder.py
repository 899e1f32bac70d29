"""What the application needs of a wire format."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.events import Event


class Encoder(Protocol):
    """Writes the events of one answer in one format; it does no input or output."""

    @property
    def headers(self) -> "Mapping[str, str]":
        """The headers that the format's clients want."""

    def encode(self, event: "Event") -> bytes:
        """What one event is on the wire, which may be nothing.

        Raises:
            OutOfOrder: no answer has this event here; see event_order.
        """
