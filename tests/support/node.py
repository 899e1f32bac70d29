"""Scripts of tests/node: what front-end developers' own packages make of a stream."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parents[1] / "node"
LIMIT_S = 120


def run_script(name: str, given: object, *, limit_s: float = LIMIT_S) -> Any:
    """What tests/node/NAME prints as JSON, when it reads `given` as JSON; one that hangs or fails fails the test."""
    node = shutil.which("node")
    assert node, "node is not on the PATH: install Node.js 20 or newer (nodejs.org)"
    command = [node, str(SCRIPTS / name)]
    ended = subprocess.run(
        command, input=json.dumps(given), check=False, capture_output=True, text=True, timeout=limit_s
    )
    assert ended.returncode == 0, f"{name} ended with {ended.returncode}:\n{ended.stderr}"
    return json.loads(ended.stdout)
