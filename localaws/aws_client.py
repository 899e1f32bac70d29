"""Clients of the local AWS for its own process, whose environment may be set up for a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

ONCE_AND_DIRECTLY = Config(proxies={}, retries={"total_max_attempts": 1})


def make_client(environment: Mapping[str, str], service: str) -> Any:  # noqa: ANN401  botocore's client
    """Return a client that follows `LocalAws.environment()`, whatever profile or proxy this process has."""
    files = {
        "config_file": (None, None, environment["AWS_CONFIG_FILE"], None),
        "credentials_file": (None, None, environment["AWS_SHARED_CREDENTIALS_FILE"], None),
        "profile": (None, None, None, None),
    }
    return Session(session_vars=files).create_client(
        service,
        region_name=environment["AWS_REGION"],
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        config=ONCE_AND_DIRECTLY,
    )
