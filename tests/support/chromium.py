"""The browser that the tests drive: Chromium or Chrome of this machine, installed when there is none.

`make setup` and `make test` run this module, which installs one: Debian's package, or else the build that Playwright
brings. The tests themselves only look for it, and fail where it is missing.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
MISSING = (
    "The browser tests need Chromium or Chrome, and none runs here: install one so that `chromium` or `google-chrome` "
    "is on the PATH (on Debian, `apt-get install chromium`)."
)
FAULT = re.compile("E: |Error")
"""How the line begins that says what is wrong, with apt-get and with Playwright."""

VERSION_TIMEOUT_S = 30
INSTALL_TIMEOUT_S = 300
KILL_AFTER_S = 10


def find() -> str | None:
    """The path of a browser that runs: one on the PATH, else Playwright's own; None without either."""
    return next((path for path in _candidates() if _runs(path)), None)


def install() -> None:
    """Installs a browser in the first way that works on this machine, if any does; says what it does."""
    apt_get = _apt_get()
    if apt_get:
        _say("installing Chromium, which the tests drive, with apt-get (about a minute)")
        package = [*apt_get, "install", "--yes", "--no-install-recommends", "chromium"]
        # A fresh machine may have no package lists, or old ones; to fetch them always would cost every other machine.
        if _succeeds(package) or (_succeeds([*apt_get, "update"]) and _succeeds(package)):
            return
    _say("installing Chromium, which the tests drive, with Playwright (about a minute)")
    playwrights = [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]
    if not (apt_get and _succeeds([*playwrights, "--with-deps"])):
        _succeeds(playwrights)


def main() -> int:
    """Leaves a machine with a browser as it is; status 1 when there is none in the end either."""
    if find() is None:
        install()
        if find() is None:
            _say(MISSING)
            return 1
    return 0


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    with sync_playwright() as playwright:
        playwrights = playwright.chromium.executable_path
    yield playwrights


def _runs(path: str) -> bool:
    """Whether it is a browser: on Ubuntu, `chromium-browser` may be a script that asks for a snap."""
    try:
        subprocess.run([path, "--version"], capture_output=True, timeout=VERSION_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _apt_get() -> list[str]:
    """The command that changes packages without a question, bounded in time; empty where we may not.

    `timeout` stands inside `sudo`: what root runs can't be ended from outside.
    """
    if not shutil.which("apt-get"):
        return []
    bounded = ["timeout", f"--kill-after={KILL_AFTER_S}", str(INSTALL_TIMEOUT_S)]
    apt_get = ["env", "DEBIAN_FRONTEND=noninteractive", *bounded, "apt-get", "-o", "DPkg::Lock::Timeout=60", "--quiet"]
    for administrator in ([], ["sudo", "--non-interactive"]):
        if _prints([*administrator, "id", "-u"]) == "0":
            return [*administrator, *apt_get]
    return []


def _prints(command: Sequence[str]) -> str:
    """What a quick command prints, nothing when it fails."""
    if not shutil.which(command[0]):
        return ""
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=VERSION_TIMEOUT_S, check=False
    ).stdout.strip()


def _succeeds(command: Sequence[str]) -> bool:
    """Whether an installing command ends well; what it says otherwise is passed on."""
    limit_s = INSTALL_TIMEOUT_S + 2 * KILL_AFTER_S
    try:
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit_s, check=True)
    except subprocess.CalledProcessError as error:
        _say(next(filter(FAULT.match, reversed(error.stderr.splitlines())), str(error)))
        return False
    except subprocess.TimeoutExpired as error:
        _say(str(error))
        return False
    return True


def _say(text: str) -> None:
    sys.stderr.write(f"== {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
