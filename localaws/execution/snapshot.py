"""SnapStart's limits of time, and what an invocation is told whose restore fails.

Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html (limits) and
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (errors).
"""

from __future__ import annotations

import json

from localaws.execution.invocation import Failure

MIN_INIT_SECONDS = 130.0
"""The init phase may take that long, or as long as the function's timeout; the hooks before the snapshot count."""

RESTORE_SECONDS = 10.0


def restore_failed(cause: str) -> Failure:
    """Return what an invocation gets when a hook after the restore failed, or the process ended in it."""
    return _failure("SnapStartException", f"An after-restore hook failed: {cause}", 400)


def restore_timed_out() -> Failure:
    """Return what an invocation gets when the hooks after the restore take too long."""
    return _failure("SnapStartTimeoutException", "Lambda couldn't restore the snapshot within the timeout limit.", 408)


def _failure(error_type: str, message: str, status: int) -> Failure:
    return Failure(error_type, json.dumps({"Type": "User", "Message": message}).encode(), status)
