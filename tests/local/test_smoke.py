"""`make smoke` on the local AWS: what it does on AWS with the credentials at hand."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localaws import terraform
from localaws.server import LocalAws
from localaws.workspace import make_workspace

ROOT = Path(__file__).parents[2]
LIMIT_S = 300

CASES = {
    "healthy": ("", 0),
    "a check that fails": ("--failing-model not.allowed", 2),  # what make makes of any failure
}


@pytest.mark.soak
@pytest.mark.parametrize("case", CASES)
def test_a_root_is_applied_checked_and_destroyed(
    case: str, aws: LocalAws, api: Callable[[str], Any], tmp_path: Path
) -> None:
    """The status is that of the checks, and nothing is left, whatever they said."""
    options, status = CASES[case]
    make = shutil.which("make")
    assert make is not None
    workspace, report = make_workspace(ROOT / "examples" / "function-url", tmp_path / "tree"), tmp_path / "junit.xml"
    done = subprocess.run(
        [make, "--no-print-directory", "smoke", f"EXAMPLE={workspace}", f"ARGS={options} --junit-xml={report}"],
        cwd=ROOT,
        env=terraform.cli_environment(tmp_path, aws.child_environment()),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "when the pieces arrived" in done.stdout
    assert "Destroy complete!" in done.stdout
    assert 'name="test_stream[stream.progressive]"' in report.read_text()
    assert not api("lambda").list_functions()["Functions"]
