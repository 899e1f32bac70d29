"""Turns redaction on."""

import os
from typing import TYPE_CHECKING

from bedrock_chat.privacy.detection import detector
from bedrock_chat.privacy.model import RedactingModel

if TYPE_CHECKING:
    from bedrock_chat.model import Client
    from bedrock_chat.privacy.comprehend import ComprehendClient
    from bedrock_chat.privacy.settings import Redaction

_KEY_BYTES = 32


def redacting(model: "Client", redaction: "Redaction") -> RedactingModel:
    """The model behind the redaction that the operator has set."""
    detect_all = detector(redaction, _comprehend_client, os.urandom(_KEY_BYTES))
    return RedactingModel(model, detect_all, allow_attachments=redaction.allow_attachments)


def _comprehend_client() -> "ComprehendClient":
    from bedrock_chat.privacy.boto3_comprehend import comprehend_client  # noqa: PLC0415 - patterns need no boto3

    return comprehend_client()
