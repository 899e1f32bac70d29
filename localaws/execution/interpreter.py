"""Finding an interpreter of the version that a managed runtime names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OVERRIDE = "LOCALAWS_PYTHON"
PROBE = "import os, sys; print('%d.%d' % sys.version_info[:2]); print(os.path.realpath(sys.executable))"
PROBE_SECONDS = 10.0


@lru_cache
def find_interpreter(runtime: str) -> tuple[str, bool]:
    """Return (path, whether it has the runtime's version) for a runtime such as `python3.13`.

    Candidates must really run: pyenv's shims of versions that are not active, for one, do not.
    """
    if override := os.environ.get(OVERRIDE):
        return override, True
    version = runtime.removeprefix("python")
    for candidate in candidates(version, os.environ, Path.home()):
        if path := _probe(candidate, version):
            return path, True
    return os.path.realpath(sys.executable), version == f"{sys.version_info[0]}.{sys.version_info[1]}"


def candidates(version: str, environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    """Yield the files that could be Python `version`: from PATH, then pyenv's folder, then uv's."""
    name = f"python{version}"
    for folder in environ.get("PATH", "").split(os.pathsep):
        if folder and (path := Path(folder) / name).is_file():
            yield path
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    uv = Path(environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    yield from _newest_first(pyenv, f"{version}.*/bin/{name}")
    yield from _newest_first(uv, f"cpython-{version}.*/bin/{name}")


def _newest_first(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern), key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))], reverse=True)


def _probe(candidate: Path, version: str) -> str | None:
    """Return the real path of the candidate when it runs and has the version."""
    try:
        done = subprocess.run(  # the whole point is to run what was found
            [candidate, "-I", "-c", PROBE], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.split("\n")
    return lines[1] if done.returncode == 0 and lines[0] == version else None
