"""Crossing a snapshot, against a Runtime API that h11 parses; test_parity.py has AWS's own runtime beside it."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from lambda_stream import Context
from lambda_stream.connection import Connection
from lambda_stream.log import FunctionLog, StandardOutput
from lambda_stream.runtime import Runtime
from lambda_stream.snap_start import cross_snapshot
from support.runtime_api import Invoke, RuntimeApiServer

HANDLER = Path(__file__).parents[3] / "handler"


class Handler:
    """A handler with hooks of its own, that notes what happens to it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, _event: object, _context: Context) -> object:
        self.seen.append("called")
        return self.seen

    def before_snapshot(self) -> None:
        self.seen.append("before")

    def after_restore(self) -> None:
        self.seen.append("after")


@pytest.fixture
def connection(api: RuntimeApiServer) -> Iterator[Connection]:
    with closing(Connection(api.host)) as opened:
        yield opened


def log() -> FunctionLog:
    return FunctionLog(StandardOutput())


def test_a_handlers_own_hooks_surround_all_others(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ready before any other hook runs after a restore, and until all others have run before the snapshot."""
    handler, registry = Handler(), ModuleType("snapshot_restore_py")
    hook: tuple[object, tuple[str], dict[str, object]] = (handler.seen.append, ("another",), {})
    vars(registry).update(get_before_snapshot=lambda: [hook], get_after_restore=lambda: [hook])
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", registry)
    cross_snapshot(connection, handler, log())
    assert handler.seen == ["another", "before", "after", "another"]


def test_the_connection_is_opened_anew_after_the_restore(api: RuntimeApiServer, connection: Connection) -> None:
    """Its other end may be gone with the machine that the snapshot was taken of."""
    cross_snapshot(connection, lambda event, _context: event, log())
    assert api.connections == 1
    api.invocations = [Invoke(b"1")]
    Runtime(connection, lambda event, _context: event, {}, log()).serve_one()
    assert [request.path.rpartition("runtime/")[2] for request in api.received[:2]] == [
        "restore/next",
        "invocation/next",
    ]
    assert api.connections == 2


def test_hooks_after_the_restore_have_new_randomness_already(connection: Connection) -> None:
    """What a hook makes of `random` is not the same in each restored process."""
    made: list[float] = []

    class Making(Handler):
        def after_restore(self) -> None:
            made.append(random.random())  # noqa: S311 - not for a secret

    for _ in range(2):
        random.seed(1)
        cross_snapshot(connection, Making(), log())
    assert made[0] != made[1]


class Failing(Handler):
    """Fails in one of its hooks."""

    def __init__(self, hook: str) -> None:
        super().__init__()
        setattr(self, hook, self._fail)

    def _fail(self) -> None:
        raise LookupError("no")


@pytest.mark.parametrize(
    ("hook", "reported"),
    [
        ("before_snapshot", (64, ["init/error"])),
        ("after_restore", (65, ["restore/next", "restore/error"])),
    ],
)
def test_a_failure_of_the_handlers_own_hooks_is_like_any_others(
    api: RuntimeApiServer, capfd: pytest.CaptureFixture[str], hook: str, reported: tuple[int, list[str]]
) -> None:
    """Lambda and the log are told, and the process ends."""
    with closing(Connection(api.host)) as connection, pytest.raises(SystemExit) as raised:
        cross_snapshot(connection, Failing(hook), log())
    called = [request.path.rpartition("runtime/")[2] for request in api.received]
    assert (raised.value.code, called) == reported
    assert "[ERROR] LookupError: no" in capfd.readouterr().out


def test_without_a_restore_there_is_no_process_to_go_on(api: RuntimeApiServer, connection: Connection) -> None:
    """Lambda is told so."""
    api.restore_status = 403
    handler = Handler()
    with pytest.raises(SystemExit):
        cross_snapshot(connection, handler, log())
    assert handler.seen == ["before"]
    assert b"/restore/next answered 403" in api.received[-1].body


def test_what_was_never_imported_is_not_missed(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither hooks nor random numbers."""
    for name in ("random", "snapshot_restore_py"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    handler = Handler()
    cross_snapshot(connection, handler, log())
    assert handler.seen == ["before", "after"]
    assert "random" not in sys.modules


def test_hooks_that_nobody_imported_cost_nothing(api: RuntimeApiServer, tmp_path: Path) -> None:
    """Neither the registry nor `random` is imported by the runtime itself."""
    (tmp_path / "app.py").write_text(
        "import sys\n"
        "def handler(event, context):\n"
        "    return sorted({'random', 'snapshot_restore_py'} & set(sys.modules))\n"
    )
    api.invocations = [Invoke(b"1")]
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": api.host,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "_HANDLER": "app.handler",
        "PYTHONPATH": str(HANDLER),
    }
    script = "from lambda_stream.runtime import main; main()"
    subprocess.run([sys.executable, "-c", script], env=environment, timeout=20, check=False, capture_output=True)
    assert [request.body for request in api.received if request.path.endswith("/response")] == [b"[]"]
