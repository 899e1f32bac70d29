"""What every route works with."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.model import Model
    from bedrock_chat.settings import Settings

JSON_HEADERS: "Mapping[str, str]" = {"content-type": "application/json", "cache-control": "no-store"}


class Service(NamedTuple):
    """The operator's settings and the model."""

    settings: "Settings"
    model: "Model"
