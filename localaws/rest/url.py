"""Where a REST API's URLs lead on this machine. No I/O.

The AWS provider computes them, so they name AWS's hosts; each API has a port of its own here, and the path is the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

INVOKE_URL = re.compile(r"https://(?P<api_id>[a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?![\w.-])")


def localised(text: str, ports: Mapping[str, int]) -> str:
    """Return `text` with the scheme and host of each URL of a known API replaced; `ports` are by the API's id."""

    def local(found: re.Match[str]) -> str:
        port = ports.get(found["api_id"])
        return found[0] if port is None else f"http://127.0.0.1:{port}"

    return INVOKE_URL.sub(local, text)
