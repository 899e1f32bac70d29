"""Python packages made on the spot, so that no index is asked."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def write_wheel(  # noqa: PLR0913  what a wheel is made of
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, str],
    tag: str = "py3-none-any",
    *,
    requires: Sequence[str] = (),
) -> Path:
    """Writes a wheel with those files, which requires others, and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-{tag}.whl"
    information = f"{name}-{version}.dist-info"
    pure = str(tag.endswith("-any")).lower()
    requirements = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    records = {
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requirements}",
        f"{information}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {pure}\nTag: {tag}\n",
    }
    members = {**files, **records}
    record = "".join(f"{member},,\n" for member in [*members, f"{information}/RECORD"])
    with zipfile.ZipFile(wheel, "w") as archive:
        for member, text in {**members, f"{information}/RECORD": record}.items():
            archive.writestr(member, text)
    return wheel
