"""A line of a stage's access log. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = re.compile(r"\$context\.([A-Za-z]\w*(?:\.[\w-]+)*)")
ABSENT = "-"


def access_log_line(template: str, variables: Mapping[str, str]) -> str:
    """Return the line of a format; a variable without a value is a dash."""
    return VARIABLE.sub(lambda found: variables.get(found[1], ABSENT), template)


def log_group_of(destination_arn: str) -> str | None:
    """Return the name of a log group's ARN, None for what is no log group."""
    found = re.fullmatch(r"arn:[\w-]+:logs:[\w-]+:\d+:log-group:([^:]+)(?::\*)?", destination_arn)
    return found[1] if found else None


def log_stream_of(api_id: str, stage: str) -> str:
    """Return the name of a stage's log stream: 32 hexadecimal digits, as API Gateway's are."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{api_id}/{stage}").hex
