"""pip, with the environment markers of a target. Standard library and pip only, for any CPython from 3.9 on.

    python modules/package/target_pip.py '{"python_version": "3.13", ...}' install ...      build.py calls it like this

pip's own --platform and --python-version choose wheels, but it still compares `; python_version < "3.13"` and
`; platform_machine == "aarch64"` with the machine that builds: on a Mac it would leave out what Linux needs. And a
script has its own folder on sys.path, not the one it runs in, where a module of the user's may be called `types`.
"""

import json
import runpy
import sys


def main(arguments: "list[str]") -> None:
    """Runs pip with the arguments after the first, which are the markers as JSON."""
    try:
        from pip._vendor.packaging import markers  # noqa: PLC0415
    except ModuleNotFoundError as error:
        sys.exit(f"error: {sys.executable} has no pip that can be used: {error}")
    target = json.loads(arguments[0])
    # Each condition asks this function. There is no option for it; pex replaces it too.
    markers.default_environment = lambda: dict(target)
    sys.argv = ["pip", *arguments[1:]]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
