"""What a conversation must be when it is read back. No I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stream_check.events import Event

    Message = Mapping[str, Any]

SESSION_HEADER = "x-session-id"
INPUT_TOKENS = ("input_tokens", "cache_read_tokens", "cache_write_tokens")
"""All of what a model read: what a prompt cache held, or was given to hold, is counted beside the input."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, and the text that was streamed in answer to it."""

    question: str
    answer: str


def answer_of(events: Iterable[Event]) -> str:
    """The text that a stream's tokens make."""
    return "".join(str(event.document.get("content", "")) for event in events if event.kind == "token")


def session_of(events: Iterable[Event]) -> str | None:
    """The session that the first event names; comments don't count, and None is for one that names none."""
    first = next((event for event in events if event.data is not None), None)
    name = None if first is None else first.document.get("session")
    return name if isinstance(name, str) else None


def unknown_session(name: str) -> str:
    """A name that nobody was given, in the form of one that somebody was."""
    return name[:-1] + ("A" if name[-1:] != "A" else "B")


def page_of(body: bytes) -> tuple[list[Message], str | None] | None:
    """The messages of a page, and the cursor to read on with; None for anything else than a page."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    found = document if isinstance(document, dict) else {}
    messages, cursor = found.get("messages"), found.get("cursor")
    if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages):
        return None
    return messages, cursor if isinstance(cursor, str) else None


def fault_of(messages: Sequence[Message], turns: Sequence[Turn]) -> str | None:
    """What is wrong with the messages of a session that had just those turns, oldest first; None when nothing is."""
    wanted = [
        (number, role, text)
        for number, turn in enumerate(turns, 1)
        for role, text in (("user", turn.question), ("assistant", turn.answer))
    ]
    found, order = [_place(each) for each in messages], [(number, role) for number, role, _ in wanted]
    if found != order:
        return f"they are {_listed(found)}, and must be {_listed(order)}"
    for message, (number, role, text) in zip(messages, wanted, strict=True):
        if message.get("content") != text:
            return (
                f"the text of {_listed([(number, role)])} is not what was sent: {str(message.get('content'))[:100]!r}"
            )
    missing = [each for each in messages if each["role"] == "assistant" and not _is_accounted(each)]
    return f"{_listed([_place(missing[0])])} has no usage or no stop reason" if missing else None


def input_tokens(messages: Iterable[Message]) -> list[int]:
    """How many tokens the model read for each answer; one that doesn't say is left out."""
    usages = [each["usage"] for each in messages if isinstance(each.get("usage"), dict)]
    return [sum(int(usage.get(name) or 0) for name in INPUT_TOKENS) for usage in usages]


def _place(message: Message) -> tuple[object, object]:
    return message.get("turn"), message.get("role")


def _is_accounted(message: Message) -> bool:
    return bool(message.get("stop_reason")) and bool(input_tokens([message]))


def _listed(places: Sequence[tuple[object, object]]) -> str:
    return ", ".join(f"{number} {role}" for number, role in places) or "none"
