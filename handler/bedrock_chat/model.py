"""What the application needs of a model, whoever talks to Bedrock."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import TypeAlias

    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.events import Event

    # Gives the operator's system prompt as it is at the moment, or None; it may raise PromptUnavailable.
    Prompt: TypeAlias = Callable[[], str | None]


class Model(Protocol):
    """A client of Bedrock."""

    def ask(self, request: "ChatRequest") -> "Generator[list[Event], None, None]":
        """The answer's events, the last of which is a Finish; closing the generator hangs up.

        Events that came together, in one read of the connection, are one list, so that they can leave together.

        Raises:
            PromptUnavailable: before the first event, where the operator's system prompt can't be read.
            ModelError: at the first event when Bedrock refuses the request, at a later one when the answer breaks off.
        """


class Client(Model, Protocol):
    """A model that keeps connections and credentials: what a snapshot of the process can't carry."""

    def before_snapshot(self) -> None:
        """Makes ready what the first request would wait for. No request is sent."""

    def after_restore(self) -> None:
        """Drops what is stale now: the next request opens a connection, and has credentials that are valid then."""
