"""What docs/clients.md promises of packages that are not ours."""

import re
from pathlib import Path

from support.node import run_script

DOCUMENT = Path(__file__).parents[2] / "docs" / "clients.md"
# Those that browsers send unasked, and those that the module allows by itself.
ALLOWED = {"accept", "authorization", "content-type"}


def test_the_headers_of_the_openai_package_are_named() -> None:
    """All of them, and no other: a page of another origin may send none that isn't allowed."""
    (listed,) = re.findall(r"allow_headers = \[\n(.*?)\]", DOCUMENT.read_text(), re.DOTALL)
    assert set(re.findall(r'"([^"]+)"', listed)) == set(run_script("openai_headers.mjs", None)) - ALLOWED
