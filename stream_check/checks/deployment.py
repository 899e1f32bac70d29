"""What is deployed is configured to stream, supported, and safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream_check.deployed import STREAMED, STREAMING_URI, TRANSFERRED
from stream_check.finding import Failed, NotTried

if TYPE_CHECKING:
    from stream_check.session import Session

DEPRECATED_RUNTIMES = {
    "python3.7", "python3.8", "python3.9", "provided", "provided.al2", "nodejs14.x", "nodejs16.x", "nodejs18.x",
}  # fmt: skip
"""Those whose support has ended by November 2026.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""


def url_streams(session: Session) -> str:
    """The Function URL's invoke mode."""
    mode = session.deployed.url_mode
    if mode != STREAMED:
        raise Failed(f"The Function URL's invoke mode is {mode}, and must be {STREAMED}.", "Set invoke_mode.")
    return mode


def api_streams(session: Session) -> str:
    """Every integration of the REST API with a function."""
    for name, mode, uri in session.deployed.buffered_integrations:
        raise Failed(
            f"{name}: the integration's transfer mode is {mode}, its URI {uri}.",
            f"It must be {TRANSFERRED}, with the URI .../2021-11-15/functions/...{STREAMING_URI}.",
        )
    count = len(session.deployed.function_integrations)
    if count == 0:
        raise Failed("The REST API has no integration with a function.")
    return f"{count} methods"


def runtime_is_supported(session: Session) -> str:
    """Not one that AWS no longer patches."""
    runtime = str(session.deployed.function.get("Runtime", "image"))
    if runtime in DEPRECATED_RUNTIMES:
        raise Failed(f"AWS no longer supports {runtime}.", 'Set function.runtime to "python3.13" or "provided.al2023".')
    return runtime


def logs_end(session: Session) -> str:
    """The log group exists, and CloudWatch deletes what is old."""
    group = session.deployed.log_group
    if group is None:
        raise Failed("The function has no log group yet: Lambda would make one that keeps everything for ever.")
    days = group.get("retentionInDays")
    if days is None:
        raise Failed(f"{group['logGroupName']} keeps everything for ever.", "Set logging.retention_in_days.")
    return f"{days} days"


def open_url_is_capped(session: Session) -> str:
    """Anyone who finds an open URL could else take all of the account's concurrency."""
    if session.deployed.url["AuthType"] != "NONE":
        raise NotTried("The URL asks for signatures.")
    reserved = session.deployed.reserved_concurrency
    if reserved is None:
        raise Failed(
            "The URL is open to anyone, and the function has no reserved concurrency.",
            "Set function.reserved_concurrent_executions, for example to 10.",
        )
    return f"{reserved} at once"
