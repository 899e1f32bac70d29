"""Unpacking of a function's or a layer's zip."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PERMISSION_BITS = 0o777


def unpack(archive: bytes, folder: Path) -> None:
    """Unpack a zip into `folder`, with the permissions that it records.

    A zip made on a system without permission bits records none, and its files then can't be executed: on Lambda
    that is a common way for a bootstrap to fail, so it must fail here too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as package:
        for member in package.infolist():
            path = package.extract(member, folder)
            mode = (member.external_attr >> 16) & PERMISSION_BITS
            if mode and not member.is_dir():
                (folder / path).chmod(mode)
