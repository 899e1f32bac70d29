"""boto3's log where its requests are personal data."""

import logging
from collections.abc import Iterator

import pytest

from bedrock_chat.privacy.quiet_log import keep_requests_out_of_the_log


@pytest.fixture
def botocore() -> Iterator[logging.Logger]:
    logger = logging.getLogger("botocore")
    level = logger.level
    yield logger
    logger.setLevel(level)


@pytest.mark.parametrize(
    ("level", "kept"), [(logging.DEBUG, logging.INFO), (logging.INFO, logging.INFO), (logging.ERROR, logging.ERROR)]
)
def test_requests_are_not_logged(botocore: logging.Logger, level: int, kept: int) -> None:
    """They would be at DEBUG; an operator who wants less is not told more."""
    botocore.setLevel(level)
    keep_requests_out_of_the_log()
    assert botocore.getEffectiveLevel() == kept
