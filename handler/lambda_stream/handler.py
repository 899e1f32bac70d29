"""Finds the handler that Lambda's `Handler` setting names."""

import importlib
import sys

from lambda_stream.errors import HandlerLoadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import TypeAlias

    from lambda_stream.context import Context

    Handler: TypeAlias = Callable[[object, Context], object]


def load_handler(name: str) -> "Handler":
    """The function that `name` (`package.module.function`; slashes count as dots) stands for.

    Raises:
        HandlerLoadError: with the error type and the words of the managed runtime.
        Exception: what the module raises while it is imported.
    """
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise HandlerLoadError("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from error
    module = _import(module_name)
    try:
        handler = getattr(module, function_name)
    except AttributeError as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
            raise  # the module makes its handler on demand, and failed at that
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise HandlerLoadError("Runtime.HandlerNotFound", message) from error
    if not callable(handler):
        message = f"Handler '{function_name}' on module '{module_name}' is not a function"
        raise HandlerLoadError("Runtime.HandlerNotFound", message)
    found: Handler = handler
    return found


def _import(name: str) -> "ModuleType":
    if name.partition(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {name} as a handler module"
        raise HandlerLoadError("Runtime.BuiltInModuleConflict", message)
    try:
        return importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{name}': {error}"
        raise HandlerLoadError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{name}': {error}"
        where = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise HandlerLoadError("Runtime.UserCodeSyntaxError", message, [where]) from error


def search_path(current: "Sequence[str]", task_root: str, layer_root: str, runtime_dir: str) -> list[str]:
    """`sys.path` as the managed runtime sets it: the function's code, its layers, then what the runtime brings.

    Source: docs.aws.amazon.com/lambda/latest/dg/python-package.html, section "search path".
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    layers = [f"{layer_root}/python/lib/{version}/site-packages", f"{layer_root}/python"]
    first = [task_root, *layers]
    return list(dict.fromkeys([*first, *(entry for entry in current if entry), runtime_dir]))
