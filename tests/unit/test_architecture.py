"""Dependencies run one way."""

import ast
import sys
from pathlib import Path

import pytest

import lambda_stream

ROOT = Path(__file__).parents[2]


def imported_packages(folder: Path) -> set[str]:
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.module is not None, f"{path}: a relative import"
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        # typing_extensions is for type checkers only: test_command.py runs the package without any site-packages
        ("handler/lambda_stream", {"lambda_stream", "typing_extensions"}),
        ("handler/bedrock_chat", {"bedrock_chat", "lambda_stream", "boto3", "botocore", "urllib3"}),
    ],
)
def test_a_package_imports_only_what_is_below_it(folder: str, allowed: set[str]) -> None:
    """The runtime knows the standard library alone; the application knows the runtime and boto3."""
    assert imported_packages(ROOT / folder) == allowed


def test_the_local_aws_shares_no_code_with_the_handler() -> None:
    """So that one misreading of a protocol can't pass on both sides."""
    assert not imported_packages(ROOT / "localaws") & {"lambda_stream", "bedrock_chat"}


def test_the_application_uses_only_the_runtimes_public_names() -> None:
    """Those of `lambda_stream` itself."""
    for path in (ROOT / "handler" / "bedrock_chat").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lambda_stream"):
                assert node.module == "lambda_stream"
                assert {alias.name for alias in node.names} <= set(lambda_stream.__all__)


def test_the_public_names_are_these() -> None:
    """Handlers in the field import them: a name that goes needs a new major version."""
    assert lambda_stream.__all__ == [
        "JSONL_HEADERS",
        "NDJSON_HEADERS",
        "SSE_HEADERS",
        "TEXT_HEADERS",
        "Context",
        "DeadlineExceeded",
        "HandlerFault",
        "HandlerLoadError",
        "InvalidResult",
        "LambdaStreamError",
        "Request",
        "Response",
        "json_line",
        "ndjson_response",
        "payload_version",
        "sse_event",
        "sse_response",
        "text_response",
    ]
