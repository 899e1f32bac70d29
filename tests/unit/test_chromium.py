"""`python -m support.chromium`, which brings the tests' browser, on machines that are made up of scripts."""

import subprocess
import sys
from pathlib import Path

import pytest

from support import chromium

TESTS = Path(__file__).parents[1]
RUNS = "exit 0"
FAILS = "exit 1"

# What a machine has. Each apt-get keeps its words; the first brings Chromium, the second only once it has its lists.
ROOT = {"id": "echo 0"}
SUDOER = {"id": "echo ${AS:-1000}", "sudo": 'shift; AS=0 exec "$@"'}
NOBODY = {"id": "echo 1000", "sudo": FAILS}
NOTE = 'echo "$*" >>"$BIN/log"\n'
BRING = 'printf "#!/bin/sh\\n" >"$BIN/chromium"; /bin/chmod +x "$BIN/chromium"'
APT = {
    "timeout": 'shift 2; exec "$@"',
    "env": 'shift; exec "$@"',
    "apt-get": f'{NOTE}case "$*" in *install*) {BRING};; esac',
}
APT_WITHOUT_LISTS = APT | {
    "apt-get": f'{NOTE}case "$*" in *update*) : >"$BIN/lists";; *install*) [ -e "$BIN/lists" ] && {BRING};; esac'
}
APT_WITHOUT_CHROMIUM = APT | {"apt-get": f"{NOTE}echo 'E: Unable to locate package chromium' >&2; exit 100"}


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("BIN", str(folder))
    # Playwright's own browser is neither here nor to be had: nobody listens on the port.
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "browsers"))
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", "http://127.0.0.1:1")
    return folder


def equip(folder: Path, programs: dict[str, str]) -> None:
    for name, script in programs.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)


def bring(folder: Path) -> tuple[int, str, list[str]]:
    """Status, output, and what apt-get was asked for."""
    result = subprocess.run(
        [sys.executable, "-m", "support.chromium"], cwd=TESTS, capture_output=True, text=True, timeout=60, check=False
    )
    log = folder / "log"
    words = log.read_text().splitlines() if log.exists() else []
    return result.returncode, result.stderr, [word for line in words for word in ("update", "install") if word in line]


@pytest.mark.parametrize("name", chromium.NAMES)
def test_what_is_there_is_taken(bin_folder: Path, name: str) -> None:
    """Without a word, and without a question to apt-get."""
    equip(bin_folder, {name: RUNS} | ROOT | APT)
    assert bring(bin_folder) == (0, "", [])
    assert chromium.find() == str(bin_folder / name)


def test_one_that_does_not_run_is_passed_over(bin_folder: Path) -> None:
    """As the script that stands for a snap."""
    equip(bin_folder, {"chromium": FAILS, "google-chrome": RUNS})
    assert chromium.find() == str(bin_folder / "google-chrome")


@pytest.mark.parametrize("user", [ROOT, SUDOER], ids=["root", "with sudo"])
@pytest.mark.parametrize(
    ("apt", "asked"),
    [(APT, ["install"]), (APT_WITHOUT_LISTS, ["install", "update", "install"])],
    ids=["lists", "no lists"],
)
def test_debians_package_is_installed(
    bin_folder: Path, user: dict[str, str], apt: dict[str, str], asked: list[str]
) -> None:
    """Said aloud; the package lists are fetched only where the package is not found without."""
    equip(bin_folder, user | apt)
    status, output, calls = bring(bin_folder)
    assert (status, calls) == (0, asked)
    assert output.startswith("== installing Chromium, which the tests drive, with apt-get")


@pytest.mark.parametrize(
    ("programs", "asked", "fault"),
    [
        (NOBODY | APT, [], "Error: "),
        (ROOT | APT_WITHOUT_CHROMIUM, ["install", "update"], "E: Unable to locate package chromium\n"),
    ],
    ids=["no rights", "no package"],
)
def test_where_nothing_works_one_sentence_says_what_to_install(
    bin_folder: Path, programs: dict[str, str], asked: list[str], fault: str
) -> None:
    """After Playwright has been asked too, and after what each of them said."""
    equip(bin_folder, programs)
    status, output, calls = bring(bin_folder)
    assert (status, calls[: len(asked)]) == (1, asked)
    assert "== installing Chromium, which the tests drive, with Playwright" in output
    assert f"== {fault}" in output
    assert output.splitlines()[-1] == f"== {chromium.MISSING}"
