"""The commands `up` and `run`: an example root, applied to a local AWS of its own."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localaws.breakage.catalogue import parse_breakage
from localaws.console import Progress
from localaws.errors import BreakageError, CommandError, LocalAwsError
from localaws.execution.log_stream import TERMINAL
from localaws.server import DEFAULT_REGION, LocalAws
from localaws.terraform import Terraform, cli_environment, find_terraform
from localaws.workspace import make_workspace, region_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

PROGRAM = "python -m localaws"
OPTIONS = "[-h] [-var NAME=VALUE]... [--break NAME]... [-gateway-time-scale N]"
VERBS = {
    "up": (f"{OPTIONS} EXAMPLE", "apply and serve until interrupted"),
    "run": (f"{OPTIONS} EXAMPLE -- CMD ...", "apply and run a command"),
}
URLS = ("function_url", "rest_api_url", "cdn_url")
END_SECONDS = 5.0
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SIGNAL_STATUS = 128


class Interrupted(BaseException):
    """A signal asks for the end. Like KeyboardInterrupt it is no error, and no `except Exception` may stop it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line asks for; an empty command means `up`."""

    example: Path
    variables: tuple[str, ...]
    command: tuple[str, ...]
    gateway_time_scale: float = 1.0
    breakages: tuple[str, ...] = ()

    @property
    def region(self) -> str:
        """The region of the local AWS: that of the root, by the command line or by its own default."""
        named = [value for name, _, value in (v.partition("=") for v in self.variables) if name == "region"]
        return named[-1] if named else region_of(self.example) or DEFAULT_REGION


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    order = parse(sys.argv[1:] if arguments is None else arguments)
    previous = [(number, signal.signal(number, _interrupt)) for number in ENDING_SIGNALS]
    try:
        with _functions_logs_shown():
            return _carry_out(order, Progress())
    except LocalAwsError as error:
        sys.stderr.write(f"localaws: {error}\n")
        return error.exit_status
    except Interrupted as interruption:
        return SIGNAL_STATUS + interruption.number
    finally:
        for number, handler in previous:
            signal.signal(number, handler)


@contextlib.contextmanager
def _functions_logs_shown() -> Iterator[None]:
    """Write what functions log to standard error, each line as it is, while the block lasts."""
    handler = logging.StreamHandler()
    TERMINAL.addHandler(handler)
    TERMINAL.setLevel(logging.INFO)
    try:
        yield
    finally:
        TERMINAL.removeHandler(handler)


def parse(arguments: Sequence[str]) -> Order:
    """Return the order; a wrong command line ends the process with status 2, as argparse does."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Run an example root on a local AWS.")
    commands = parser.add_subparsers(dest="verb", required=True)
    for verb, (usage, text) in VERBS.items():
        # argparse never sees what stands behind `--`, so it can't write the usage by itself.
        command = commands.add_parser(verb, usage=f"{PROGRAM} {verb} {usage}", help=text, description=text)
        command.add_argument("example", type=Path, metavar="EXAMPLE", help="folder of a Terraform root")
        command.add_argument(
            "-gateway-time-scale",
            type=float,
            default=1.0,
            metavar="N",
            help="divide API Gateway's limits of time, which are minutes, by N",
        )
        command.add_argument(
            "--break",
            action="append",
            default=[],
            dest="breakages",
            metavar="NAME",
            help="break the endpoints once they are applied: see docs/local-aws.md for the names",
        )
        command.add_argument("-var", action="append", default=[], metavar="NAME=VALUE", help="as for terraform apply")
    words = list(arguments)
    split = words.index("--") if "--" in words else len(words)
    given, rest = parser.parse_args(words[:split]), tuple(words[split + 1 :])
    chosen = commands.choices[given.verb]
    if given.verb == "run" and not rest:
        chosen.error(f"run needs a command: {PROGRAM} run EXAMPLE -- CMD ...")
    if given.verb == "up" and rest:
        chosen.error("up takes no command")
    for variable in given.var:
        if "=" not in variable:
            chosen.error(f"-var {variable}: NAME=VALUE is expected")
    if not given.gateway_time_scale > 0:
        chosen.error(f"-gateway-time-scale {given.gateway_time_scale}: a number above zero is expected")
    for breakage in given.breakages:
        try:
            parse_breakage(breakage)
        except BreakageError as error:
            chosen.error(f"--break: {error}")
    return Order(given.example, tuple(given.var), rest, given.gateway_time_scale, tuple(given.breakages))


def check_command(name: str) -> None:
    """Raise CommandError unless the command is there: it is needed only after the apply, which is long."""
    if shutil.which(name) is None:
        raise CommandError(f"{name}: no such command, or it is not executable.")


def localised(outputs: Mapping[str, object], local_aws: LocalAws) -> dict[str, object]:
    """Return the outputs with the URLs of AWS as they are on this machine, wherever in a value they stand."""
    found: dict[str, object] = json.loads(local_aws.localised(json.dumps(outputs)))
    return found


def exports(outputs: Mapping[str, object]) -> dict[str, str]:
    """Return the variables for a command: TF_OUTPUT_<NAME> for every output, and the URLs by their own names."""
    variables = {f"TF_OUTPUT_{name.upper()}": _text(value) for name, value in outputs.items()}
    urls = {name.upper(): _text(outputs[name]) for name in URLS if outputs.get(name)}
    return variables | urls


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _carry_out(order: Order, progress: Progress) -> int:
    find_terraform()  # before anything is started
    if order.command:
        check_command(order.command[0])
    with tempfile.TemporaryDirectory(prefix="localaws-root-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        root = make_workspace(order.example, folder / "tree")
        with progress.step("local AWS"):
            local_aws = LocalAws(order.region, gateway_time_scale=order.gateway_time_scale)
            local_aws.start()
        try:
            outputs = localised(_apply(order, root, folder, local_aws, progress), local_aws)
            variables = local_aws.environment() | exports(outputs)
            with local_aws.broken(*order.breakages):
                if order.command:
                    return _run(order.command, local_aws.child_environment() | variables)
                return _serve(outputs, variables, progress)
        except Interrupted:
            progress.say("stopping")  # it takes a second when an answer streams
            raise
        finally:
            _ignore_signals()
            local_aws.stop()


def _apply(order: Order, root: Path, folder: Path, local_aws: LocalAws, progress: Progress) -> dict[str, object]:
    environment = cli_environment(folder, local_aws.child_environment())
    terraform = Terraform(root, environment, progress, lambda: local_aws.fault_count)
    terraform.init()
    terraform.apply(order.variables)
    return terraform.outputs()


def _serve(outputs: Mapping[str, object], variables: Mapping[str, str], progress: Progress) -> int:
    """Print what a user needs in another terminal, then wait for a signal."""
    for name, value in outputs.items():
        sys.stdout.write(f"{name} = {json.dumps(value)}\n")
    sys.stdout.write("\n")
    for name, value in variables.items():
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    sys.stdout.flush()
    progress.say("Serving. Stop with Ctrl-C.")
    while True:
        signal.pause()


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Return the command's exit status, as a shell would give it; a signal ends its whole process group.

    On a terminal it stays in our group instead, or it could neither read the terminal nor be stopped from it.
    """
    group = None if sys.stdin.isatty() else 0
    try:
        process = subprocess.Popen(list(command), env=dict(environment), process_group=group)
    except OSError as error:
        raise CommandError(f"{command[0]} can't be run: {error.strerror}") from None
    try:
        status = process.wait()
    except Interrupted as interruption:
        _end(process, interruption.number, whole_group=group is not None)
        raise
    return status if status >= 0 else SIGNAL_STATUS - status


def _end(process: subprocess.Popen[bytes], number: int, *, whole_group: bool) -> None:
    kill = os.killpg if whole_group else os.kill
    for each in (number, signal.SIGKILL):
        try:
            kill(process.pid, each)
            process.wait(END_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _interrupt(number: int, _: FrameType | None) -> None:
    """End what is under way, once: an impatient second signal would leave processes behind."""
    _ignore_signals()
    raise Interrupted(number)


def _ignore_signals() -> None:
    """Nothing may interrupt the cleaning up; it is bounded in time by itself."""
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
