"""CloudWatch Logs as a role may write to it: a function's, or the one that API Gateway logs as."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from localaws.authorization import AccessDeniedError, check, global_keys, session_principal
from localaws.identity import ACCOUNT_ID, PARTITION
from localaws.policy import Access

if TYPE_CHECKING:
    from localaws.execution.log_stream import LogLine
    from localaws.store import Store


class RoleLogs:
    """The log store of one role: as on AWS, what it may not write is not there, and nothing else fails for that."""

    def __init__(self, store: Store, role_arn: str, session: str) -> None:
        self._store = store
        self._role_arn = role_arn
        self._principal = session_principal(role_arn, session)

    def create_stream(self, group: str, stream: str) -> None:
        """Create the stream, and the group when it does not exist; the terminal shows what the role may not."""
        try:
            if not self._store.has_log_group(group):
                self._check("logs:CreateLogGroup", group)
                self._store.create_log_group(group)
            self._ensure_stream(group, stream)
            self._check("logs:PutLogEvents", group, stream)
        except AccessDeniedError as error:
            sys.stderr.write(f"localaws: the log is here only: {error}\n")

    def put(self, group: str, stream: str, lines: list[LogLine]) -> None:
        """Append the lines, as far as the role may; a deleted group stays deleted."""
        with contextlib.suppress(AccessDeniedError):
            if self._store.has_log_group(group):
                self._ensure_stream(group, stream)
                self._check("logs:PutLogEvents", group, stream)
                self._store.put_log_events(group, stream, lines)

    def _ensure_stream(self, group: str, stream: str) -> None:
        """The stream may be missing still: the permission to create it may be new."""
        if not self._store.has_log_stream(group, stream):
            self._check("logs:CreateLogStream", group, stream)
            self._store.create_log_stream(group, stream)

    def _check(self, action: str, group: str, stream: str = "") -> None:
        """CloudWatch Logs names a stream in its refusals, be it an empty one, so that `GROUP:*` covers them all."""
        region = self._store.region
        resource = f"arn:{PARTITION}:logs:{region}:{ACCOUNT_ID}:log-group:{group}:log-stream:{stream}"
        access = Access(self._principal, action, resource, global_keys(self._principal, region))
        check(access, self._store.role_policies(self._role_arn))
