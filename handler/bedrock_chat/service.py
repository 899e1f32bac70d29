"""What every route works with."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bedrock_chat.model import Model
    from bedrock_chat.settings import Settings


class Service(NamedTuple):
    """The operator's settings and the model."""

    settings: "Settings"
    model: "Model"
