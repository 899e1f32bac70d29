"""Loading the handler that the function's configuration names."""

import sys
from pathlib import Path

import pytest

from lambda_stream import HandlerLoadError
from lambda_stream.handler import load_handler, search_path


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sound.py").write_text("def handler(event, context):\n    return 'here'\n\nvalue = 5\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "inner.py").write_text("def handler(event, context):\n    return 'inner'\n")
    (tmp_path / "unsound.py").write_text("def handler(:\n")
    (tmp_path / "needy.py").write_text("import not_installed_anywhere\n")
    (tmp_path / "making.py").write_text("def __getattr__(name):\n    return None.attribute\n")
    (tmp_path / "raising.py").write_text("raise LookupError('at import')\n")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "result"),
    [("sound.handler", "here"), ("package.inner.handler", "inner"), ("package/inner.handler", "inner")],
)
def test_a_handler_is_found(name: str, result: str) -> None:
    """In a module or a package, with dots or slashes."""
    assert load_handler(name)({}, None) == result  # type: ignore[arg-type] # these handlers ignore it


@pytest.mark.parametrize(
    ("name", "error_type", "message"),
    [
        ("handler", "Runtime.MalformedHandlerName", "Bad handler 'handler'"),
        ("sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
        ("absent.handler", "Runtime.ImportModuleError", "Unable to import module 'absent': No module named 'absent'"),
        ("needy.handler", "Runtime.ImportModuleError", "No module named 'not_installed_anywhere'"),
        ("unsound.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'unsound': .*unsound.py, line 1"),
        ("sound.absent", "Runtime.HandlerNotFound", "Handler 'absent' missing on module 'sound'"),
        ("sound.value", "Runtime.HandlerNotFound", "Handler 'value' on module 'sound' is not a function"),
    ],
)
def test_a_handler_that_cannot_be_loaded_is_named(name: str, error_type: str, message: str) -> None:
    """With the error types of the managed runtime."""
    with pytest.raises(HandlerLoadError, match=message) as raised:
        load_handler(name)
    assert raised.value.error_type == error_type


def test_what_a_module_raises_at_import_is_passed_on() -> None:
    """It is the user's error, with the user's type."""
    with pytest.raises(LookupError, match="at import"):
        load_handler("raising.handler")


def test_a_handler_that_cannot_be_made_is_not_called_missing() -> None:
    """A module may make it on demand: what went wrong is its own error."""
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'attribute'"):
        load_handler("making.handler")


def test_the_search_path_is_that_of_the_managed_runtime() -> None:
    """Code, layers, the interpreter's own, then the runtime's packages; nothing twice and no current folder."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert search_path(["", "/var/lang/lib", "/var/task"], "/var/task", "/opt", "/var/runtime") == [
        "/var/task",
        f"/opt/python/lib/{version}/site-packages",
        "/opt/python",
        "/var/lang/lib",
        "/var/runtime",
    ]
