"""SnapStart: what runs before Lambda keeps a snapshot of the initialised process, and after each restore from it.

Hooks are those of a handler that has `before_snapshot` and `after_restore`, and those in the registry of
`snapshot_restore_py`, which AWS's managed runtimes carry. Error types, endpoints and exit statuses are those of
`awslambdaric`.

Source: docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

import sys

from lambda_stream import runtime_api
from lambda_stream.errors import ProtocolViolation
from lambda_stream.failure import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from lambda_stream.connection import Connection
    from lambda_stream.handler import Handler
    from lambda_stream.log import FunctionLog

    # A function, its arguments and its keyword arguments.
    Hook: TypeAlias = tuple[Callable[..., object], tuple[Any, ...], Mapping[str, Any]]

BEFORE_SNAPSHOT_ERROR = "Runtime.BeforeSnapshotError"
AFTER_RESTORE_ERROR = "Runtime.AfterRestoreError"
BEFORE_SNAPSHOT_STATUS = 64
AFTER_RESTORE_STATUS = 65


def cross_snapshot(connection: "Connection", handler: "Handler", log: "FunctionLog") -> None:
    """Returns in each process that Lambda restores, with hooks run and the connection to be opened anew.

    Raises:
        SystemExit: a hook failed, or there is no restore; Lambda and the log have been told why.
    """
    try:
        _run_before_snapshot(handler)
        _wait_for_restore(connection)
    except BaseException as error:  # noqa: BLE001 - also a hook that exits is a failed one, as with awslambdaric
        failure = Failure.of(error)
        log.failure(failure)
        connection.exchange(runtime_api.init_error(connection.host, failure, BEFORE_SNAPSHOT_ERROR))
        sys.exit(BEFORE_SNAPSHOT_STATUS)
    try:
        _run_after_restore(handler)
    except BaseException as error:  # noqa: BLE001 - as above
        failure = Failure.of(error)
        log.failure(failure)
        connection.exchange(runtime_api.restore_error(connection.host, failure, AFTER_RESTORE_ERROR))
        sys.exit(AFTER_RESTORE_STATUS)


def _run_before_snapshot(handler: "Handler") -> None:
    """The last registered hook is the first to run; the handler counts as registered before all others."""
    hooks = _registered("get_before_snapshot")
    while hooks:
        function, arguments, keywords = hooks.pop()
        function(*arguments, **keywords)
    _run_own(handler, "before_snapshot")


def _wait_for_restore(connection: "Connection") -> None:
    """The answer comes in the restored process, perhaps days later."""
    response = connection.exchange(runtime_api.restore_next(connection.host))
    # What is at the other end of a connection that was in a snapshot, nobody knows.
    connection.close()
    if response.status != runtime_api.OK:
        raise ProtocolViolation(f"/restore/next answered {response.status} {response.body[:200]!r}")


def _run_after_restore(handler: "Handler") -> None:
    """The first registered hook is the first to run, in a process whose randomness is its own again."""
    _reseed()
    _run_own(handler, "after_restore")
    for function, arguments, keywords in _registered("get_after_restore"):
        function(*arguments, **keywords)


def _reseed() -> None:
    """Seeds `random` from the system, for all processes restored from one snapshot would go on with the same numbers.

    `secrets`, `uuid4` and `os.urandom` ask the system each time. Whoever made a generator of his own has a hook for it.
    """
    random = sys.modules.get("random")
    if random is not None:
        random.seed()


def _run_own(handler: "Handler", name: str) -> None:
    hook = getattr(handler, name, None)
    if hook is not None:
        hook()


def _registered(name: str) -> "list[Hook]":
    """The hooks in the registry; where nobody has imported it there are none."""
    registry = sys.modules.get("snapshot_restore_py")
    hooks: list[Hook] = getattr(registry, name)() if registry is not None else []
    return hooks
