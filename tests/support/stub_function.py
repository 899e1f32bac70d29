"""The stub runtime of the unit tests as a function's zip."""

import io
import sys
import zipfile
from pathlib import Path

BOOTSTRAP = Path(__file__).parents[1] / "unit" / "localaws" / "stub_bootstrap.py"


def archive(marker: str = "") -> bytes:
    """A zip whose bootstrap runs on this interpreter."""
    buffer = io.BytesIO()
    member = zipfile.ZipInfo("bootstrap")
    member.external_attr = 0o755 << 16
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr(member, f"#!{sys.executable}\n# {marker}\n".encode() + BOOTSTRAP.read_bytes())
    return buffer.getvalue()
