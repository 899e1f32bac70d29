"""A log without the requests of boto3, which may hold personal data."""

import logging


def keep_requests_out_of_the_log() -> None:
    """With the log level DEBUG botocore would log each request whole."""
    logger = logging.getLogger("botocore")
    if logger.isEnabledFor(logging.DEBUG):
        logger.setLevel(logging.INFO)
