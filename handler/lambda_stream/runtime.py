"""The loop that is the Lambda runtime: take an invocation, run the handler, stream what it yields."""

import os
import sys

from lambda_stream import runtime_api
from lambda_stream.connection import Connection
from lambda_stream.errors import RuntimeApiFault
from lambda_stream.exchange import Exchange
from lambda_stream.failure import Failure
from lambda_stream.handler import load_handler, search_path
from lambda_stream.log import FunctionLog
from lambda_stream.response_stream import ResponseStream
from lambda_stream.runtime_api import Invocation
from lambda_stream.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import NoReturn

    from lambda_stream.handler import Handler

TRACE_VARIABLE = "_X_AMZN_TRACE_ID"
DEFAULT_LAYER_ROOT = "/opt"
DEFAULT_RUNTIME_DIR = "/var/runtime"
INITIALIZATION_VARIABLE = "AWS_LAMBDA_INITIALIZATION_TYPE"
SNAP_START = "snap-start"


class Runtime:
    """Serves one handler's invocations over one connection, one after the other."""

    def __init__(
        self,
        connection: Connection,
        handler: "Handler",
        environment: "MutableMapping[str, str]",
        log: FunctionLog,
        settings: Settings | None = None,
    ) -> None:
        self._connection = connection
        self._handler = handler
        self._environment = environment
        self._log = log
        self._settings = settings or Settings()
        # What it says of the function stays as it is; `os.environ` decodes a variable each time that it is asked.
        self._function_variables = dict(environment)
        self._next = runtime_api.next_request(connection.host)

    def serve_forever(self) -> "NoReturn":
        """Serves invocations until the process is ended."""
        while True:
            self.serve_one()

    def serve_one(self) -> None:
        """Waits for one invocation and serves it; a handler's failure is reported to Lambda, not raised.

        Raises:
            RuntimeApiFault: no invocation can be had.
        """
        invocation = Invocation(self._connection.exchange(self._next))
        self._set_trace_id(invocation.trace_id)
        self._log.belongs_to(invocation)
        try:
            outgoing = ResponseStream(self._connection, invocation)
            Exchange(outgoing, invocation, self._log).serve(self._handler, self._function_variables, self._settings)
        except RuntimeApiFault as fault:
            # Lambda gave up on this invocation (its time ran out, or it was answered): the next one may go well.
            self._log.error(f"{invocation.request_id}: {fault}")

    def _set_trace_id(self, trace_id: str | None) -> None:
        if trace_id:
            self._environment[TRACE_VARIABLE] = trace_id
        else:
            self._environment.pop(TRACE_VARIABLE, None)


def main() -> "NoReturn":
    """Runs the handler that the environment names, as Lambda's bootstrap."""
    environment = os.environ
    log = FunctionLog.from_environment(environment)
    log.set_up_logging()
    sys.path[:] = search_path(
        sys.path,
        environment["LAMBDA_TASK_ROOT"],
        environment.get("LAMBDA_LAYER_ROOT", DEFAULT_LAYER_ROOT),
        environment.get("LAMBDA_RUNTIME_DIR", DEFAULT_RUNTIME_DIR),
    )
    connection = Connection(environment["AWS_LAMBDA_RUNTIME_API"])
    try:
        settings = Settings.from_environment(environment)
        handler = load_handler(environment["_HANDLER"])
    except Exception as error:  # noqa: BLE001 - the user's module may raise anything while it is imported
        failure = Failure.of(error)
        log.failure(failure)
        connection.exchange(runtime_api.init_error(connection.host, failure))
        sys.exit(1)
    if environment.get(INITIALIZATION_VARIABLE) == SNAP_START:
        from lambda_stream.snap_start import cross_snapshot  # noqa: PLC0415 - it is off for most

        cross_snapshot(connection, handler, log)
    Runtime(connection, handler, environment, log, settings).serve_forever()
