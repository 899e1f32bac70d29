"""Finds the handler that Lambda's `Handler` setting names."""

import importlib
import sys

from lambda_stream.errors import HandlerLoadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from lambda_stream.context import Context

    Handler: TypeAlias = Callable[[object, Context], object]


def load_handler(name: str) -> "Handler":
    """The function that `name` (`package.module.function`; slashes count as dots) stands for.

    Raises:
        HandlerLoadError: with the error type and the words of the managed runtime.
        Exception: what the module raises while it is imported.
    """
    module_name, dot, function_name = name.rpartition(".")
    if not dot or not module_name:
        raise HandlerLoadError(
            "Runtime.MalformedHandlerName", f"Bad handler '{name}': it must be named 'module.function'"
        )
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise HandlerLoadError(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    except SyntaxError as error:
        where = f'File "{error.filename}" Line {error.lineno}'
        raise HandlerLoadError(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error.msg} ({where})"
        ) from error
    handler = getattr(module, function_name, None)
    if not callable(handler):
        raise HandlerLoadError(
            "Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'"
        )
    found: Handler = handler
    return found


def search_path(current: "Sequence[str]", task_root: str, layer_root: str, runtime_dir: str) -> list[str]:
    """`sys.path` as the managed runtime sets it: the function's code, its layers, then what the runtime brings.

    Source: docs.aws.amazon.com/lambda/latest/dg/python-package.html, section "search path".
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    layers = [f"{layer_root}/python/lib/{version}/site-packages", f"{layer_root}/python"]
    first = [task_root, *layers]
    return list(dict.fromkeys([*first, *(entry for entry in current if entry), runtime_dir]))
