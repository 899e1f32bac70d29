"""DynamoDB's calls one after the other.

moto 5.2.5 copies a table before a transaction and puts the copy back when it fails, whatever others have written
meanwhile; and its server answers each request in a thread of its own.
"""

from __future__ import annotations

import threading
from typing import Any

from moto.dynamodb.responses import DynamoHandler

from localaws.moto_patches.replace import replace

ONE_AT_A_TIME = threading.Lock()


def install() -> None:
    """Install the patch."""
    original = DynamoHandler.call_action

    def call_action(self: Any) -> Any:  # noqa: ANN401  moto's classes
        with ONE_AT_A_TIME:
            return original(self)

    replace(DynamoHandler, "call_action", call_action)
