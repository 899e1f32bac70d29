"""Where a distribution's names lead on this machine. No I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ORIGIN = re.compile(r"https://(?P<host>[a-z0-9.-]+)(?![\w.:-])")


def localised(text: str, ports: Mapping[str, int]) -> str:
    """Return `text` with the scheme and host of each URL of a known name replaced; `ports` are by name."""

    def local(found: re.Match[str]) -> str:
        port = ports.get(found["host"])
        return found[0] if port is None else f"http://127.0.0.1:{port}"

    return ORIGIN.sub(local, text)
