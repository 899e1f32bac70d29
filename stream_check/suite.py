"""Every check as a pytest test."""

import pytest

from stream_check.catalogue import CHECKS
from stream_check.finding import Check
from stream_check.pytest_plugin import verify
from stream_check.session import Session


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_stream(check: Check, stream_session: Session, pytestconfig: pytest.Config) -> None:
    """What the check's title says holds."""
    verify(check, stream_session, pytestconfig)
