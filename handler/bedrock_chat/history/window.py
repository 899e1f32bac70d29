"""How much of a conversation the model is told again. No input or output here."""

from typing import TYPE_CHECKING

from bedrock_chat.conversation import Message, Text
from bedrock_chat.history.items import ASSISTANT, USER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bedrock_chat.history.items import StoredMessage

# English has about four bytes a token; most other languages have fewer, so the estimate is rather too high.
_BYTES_PER_TOKEN = 3
_TOKENS_PER_MESSAGE = 4
_GUARDRAIL_INTERVENED = "guardrail_intervened"


def estimated_tokens(text: str) -> int:
    """About how many tokens a message takes: a third of its bytes in UTF-8, and four for its role."""
    return -(-len(text.encode()) // _BYTES_PER_TOKEN) + _TOKENS_PER_MESSAGE


def text_of(message: Message) -> str:
    """The words of a message."""
    return "".join(part.text for part in message.parts if isinstance(part, Text))


def context_window(newest_first: "Iterable[StoredMessage]", question: str, max_tokens: int) -> tuple[Message, ...]:
    """The newest turns that are answered and fit into `max_tokens` together with `question`, and then the question.

    The question itself is always whole. A turn without an answer, or whose answer broke off before its first word, is
    left out: roles take turns, and the model doesn't answer twice. So is one in which a guardrail stepped in: it looks
    at all that is sent, and would step in again.
    """
    left = max_tokens - estimated_tokens(question)
    messages = [Message.of_text(USER, question)]
    for asked, answered in _turns(newest_first):
        left -= estimated_tokens(asked) + estimated_tokens(answered)
        if left < 0:
            break
        messages += [Message.of_text(ASSISTANT, answered), Message.of_text(USER, asked)]
    return tuple(reversed(messages))


def _turns(newest_first: "Iterable[StoredMessage]") -> "Iterator[tuple[str, str]]":
    answer: StoredMessage | None = None
    for message in newest_first:
        if message.role == ASSISTANT:
            answer = message
        elif answer is not None and answer.turn == message.turn and _counts(answer):
            yield message.text, answer.text


def _counts(answer: "StoredMessage") -> bool:
    return bool(answer.text.strip()) and answer.stop_reason != _GUARDRAIL_INTERVENED
