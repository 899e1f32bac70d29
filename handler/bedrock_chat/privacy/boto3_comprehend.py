"""Comprehend through boto3."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from bedrock_chat.privacy.quiet_log import keep_requests_out_of_the_log

if TYPE_CHECKING:
    from bedrock_chat.privacy.comprehend import ComprehendClient

# Somebody waits for the first token all the while: one that hangs is given up after 10 s.
CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = 5
MAX_ATTEMPTS = 2


def comprehend_client() -> "ComprehendClient":
    """A client in the region and with the credentials of the environment."""
    keep_requests_out_of_the_log()
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
    )
    client: ComprehendClient = boto3.client("comprehend", config=config)
    return client
