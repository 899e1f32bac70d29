"""What every route works with."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.history.conversations import Conversations
    from bedrock_chat.model import Model
    from bedrock_chat.settings import Settings

JSON_HEADERS: "Mapping[str, str]" = {"content-type": "application/json", "cache-control": "no-store"}


class Service(NamedTuple):
    """The operator's settings, the model, and the stored conversations, where they are kept."""

    settings: "Settings"
    model: "Model"
    conversations: "Conversations | None" = None
