"""Writes a folder as a zip that is the same, byte for byte, wherever and whenever it is built.

    python modules/package/build.py handler dist/handler.zip

Nothing that differs between checkouts goes in: no times, no owners, no order of the file system, no compression (its
output depends on the zlib at hand). The run bit follows from the file's first line, because a checkout can lose it and
Lambda refuses a `bootstrap` without it.
"""

import sys
import zipfile
from pathlib import Path

EXCLUDED_SUFFIXES = frozenset({".pyc", ".egg-info"})
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
UNIX = 3
PLAIN_MODE = 0o100644
EXECUTABLE_MODE = 0o100755


def build(source: Path, target: Path) -> None:
    """Writes the files below `source` to the zip `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in packaged_files(source):
            content = path.read_bytes()
            entry = zipfile.ZipInfo(path.relative_to(source).as_posix(), EPOCH)
            entry.create_system = UNIX
            entry.external_attr = (EXECUTABLE_MODE if content.startswith(b"#!") else PLAIN_MODE) << 16
            archive.writestr(entry, content)


def packaged_files(source: Path) -> list[Path]:
    """The files below `source` that belong in the zip, in the order of their names."""
    files = (path for path in source.rglob("*") if path.is_file() and not _is_excluded(path.relative_to(source)))
    return sorted(files, key=lambda path: path.relative_to(source).as_posix())


def _is_excluded(path: Path) -> bool:
    """Whether the path is a cache's, a tool's or the operating system's and not the source's."""
    return any(
        part.startswith(".") or part == "__pycache__" or Path(part).suffix in EXCLUDED_SUFFIXES for part in path.parts
    )


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
