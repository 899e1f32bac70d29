"""The placeholders of conversations, kept beside their messages where KMS alone can read them.

The standard library has no authenticated cipher, so what is kept goes through KMS itself: `Encrypt` takes 4,096 bytes
at once, and most conversations have less. The encryption context ties each piece to its table, its conversation and its
place: nobody who can write to the table can move one elsewhere, or put back an older one piece by piece.
"""

import json
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bedrock_chat.errors import SessionNotFound
from bedrock_chat.history.conversations import Beside
from bedrock_chat.history.items import PLACEHOLDERS
from bedrock_chat.privacy.errors import TooMuchPersonalData
from bedrock_chat.privacy.model import RestoringModel, nonce
from bedrock_chat.privacy.placeholders import PlaceholderMap
from bedrock_chat.privacy.restore import restored_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.history.items import Item
    from bedrock_chat.model import Model
    from bedrock_chat.privacy.model import RedactingModel

# What Encrypt takes. Source: docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
MAX_PIECE_BYTES = 4096
# Each piece is a call of KMS, one after the other, and an item of DynamoDB has 400 KB: this takes about a second.
MAX_PIECES = 80
_OTHER_KEY = (
    "this session's personal data was encrypted with a key that the server doesn't use any more: leave session out to "
    "begin a new one"
)


class Vault(Protocol):
    """A key of KMS, of the name `arn`. Each method raises HistoryUnavailable where it can't be used."""

    arn: str

    def encrypt(self, plaintext: bytes, context: "Mapping[str, str]") -> bytes:
        """The ciphertext of at most MAX_PIECE_BYTES, which only the same context decrypts."""

    def decrypt(self, ciphertext: bytes, context: "Mapping[str, str]") -> bytes:
        """What was encrypted."""


class _Stored(NamedTuple):
    """What the table has of a conversation's placeholders: their state as JSON, empty for none, and its ciphertexts.

    `expires_s` is when the last message that may need them is forgotten, in seconds since 1970.
    """

    version: int
    state: str
    pieces: "tuple[bytes, ...]"
    expires_s: int = 0


class KeptPlaceholders:
    """See `conversations.Privacy`; `model` redacts, and `vault` encrypts for the table of that name."""

    def __init__(self, model: "RedactingModel", vault: Vault, table_name: str) -> None:
        self.model = model
        self._vault = vault
        self._table_name = table_name

    def opened(self, pk: str, item: "Item | None") -> "KeptConversation":
        """See Privacy.opened; it also raises WrongState, and SessionNotFound where the key was another one."""
        if item is None:
            return KeptConversation(self, PlaceholderMap(nonce), _Stored(0, "", ()))
        version, pieces = int(item["version"]["N"]), tuple(piece["B"] for piece in item["sealed"]["L"])
        contexts = self._contexts(pk, version, len(pieces))
        if pieces and item["key"]["S"] != self._vault.arn:
            raise SessionNotFound(_OTHER_KEY)
        state = b"".join(map(self._vault.decrypt, pieces, contexts)).decode()
        placeholders = PlaceholderMap.from_state(json.loads(state), nonce) if state else PlaceholderMap(nonce)
        return KeptConversation(self, placeholders, _Stored(version, state, pieces, int(item["expires_at"]["N"])))

    @property
    def key_arn(self) -> str:
        """The key that encrypts."""
        return self._vault.arn

    def sealed(self, pk: str, version: int, state: str) -> _Stored:
        """The state as it is to be stored."""
        cut = pieces_of(state)
        pieces = tuple(map(self._vault.encrypt, cut, self._contexts(pk, version, len(cut))))
        return _Stored(version, state, pieces)

    def _contexts(self, pk: str, version: int, count: int) -> list[dict[str, str]]:
        of_all = {"table": self._table_name, "conversation": pk, "version": str(version)}
        return [{**of_all, "piece": f"{number} of {count}"} for number in range(1, count + 1)]


class KeptConversation:
    """See `conversations.Private`."""

    def __init__(self, kept: KeptPlaceholders, placeholders: PlaceholderMap, stored: _Stored) -> None:
        self._kept = kept
        self._placeholders = placeholders
        self._stored = stored

    @property
    def values(self) -> "Mapping[str, str]":
        """See Private.values."""
        return self._placeholders.values

    def redacted(self, asked: "ChatRequest") -> "ChatRequest":
        """See Private.redacted; it raises what RedactingModel.redacted does, and TooMuchPersonalData."""
        request = self._kept.model.redacted(asked, self._placeholders)
        pieces_of(_state_of(self._placeholders))
        return request

    def redacted_answer(self, text: str, shown: "Mapping[str, str]") -> str:
        """See Private.redacted_answer; it raises PrivacyError, and then has learnt nothing."""
        grown = PlaceholderMap.from_state(self._placeholders.to_state(), nonce)
        redacted = self._kept.model.redacted_answer(text, grown, shown)
        pieces_of(_state_of(grown))
        self._placeholders = grown
        return redacted

    def told_again(self, text: str) -> str:
        """See Private.told_again."""
        return self._placeholders.redact_answer(text, [])

    def restored(self, text: str) -> str:
        """See Private.restored."""
        return restored_text(text, self.values)

    def beside(self, pk: str, request_id: str, expires_s: int) -> Beside:
        """See Private.beside. It takes the item for stored: where it is not, the conversation is opened anew."""
        before = self._stored.version
        # Older messages live on for longer where the operator has shortened the lives of new ones.
        expires_s = max(expires_s, self._stored.expires_s)
        state = _state_of(self._placeholders)
        if state != self._stored.state or not before:
            self._stored = self._kept.sealed(pk, before + 1, state)
        self._stored = self._stored._replace(expires_s=expires_s)
        item: Item = {
            "pk": {"S": pk},
            "sk": {"S": PLACEHOLDERS},
            "request_id": {"S": request_id},
            "version": {"N": str(self._stored.version)},
            "key": {"S": self._kept.key_arn},
            "sealed": {"L": [{"B": piece} for piece in self._stored.pieces]},
            "expires_at": {"N": str(expires_s)},
        }
        return Beside(item, before)

    def model(self, recorded: "Callable[[Model], Model]") -> "Model":
        """See Private.model."""
        return RestoringModel(recorded(self._kept.model.model), self._placeholders)


def pieces_of(state: str) -> list[bytes]:
    """The state in pieces that KMS takes.

    Raises:
        TooMuchPersonalData: it is longer than MAX_PIECES of them.
    """
    data = state.encode()
    if len(data) > MAX_PIECES * MAX_PIECE_BYTES:
        raise TooMuchPersonalData(
            f"the conversation's personal data takes {len(data)} bytes, more than the {MAX_PIECES * MAX_PIECE_BYTES} "
            "that can be kept: begin a new session, or send less of it"
        )
    return [data[start : start + MAX_PIECE_BYTES] for start in range(0, len(data), MAX_PIECE_BYTES)]


def _state_of(placeholders: PlaceholderMap) -> str:
    state = placeholders.to_state()
    return json.dumps(state, separators=(",", ":"), ensure_ascii=False) if state["values"] or state["literals"] else ""
