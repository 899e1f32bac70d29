"""The local AWS of terraform-aws-bedrock-stream: example roots run unchanged on one machine, without an account."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localaws.server import LocalAws

__all__ = ["LocalAws"]


def __getattr__(name: str) -> "type[LocalAws]":
    """Import LocalAws when it is asked for: without moto the command must still start, to say what is missing."""
    if name != "LocalAws":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from localaws.server import LocalAws  # noqa: PLC0415  at the top it would be imported with the package

    return LocalAws
