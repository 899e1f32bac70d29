"""The checks against a deployment: `pytest tests/postdeploy --terraform examples/function-url`; see docs/checks.md."""

from stream_check.suite import test_stream

__all__ = ["test_stream"]
