"""Builds the archives of this module. Standard library only, for any CPython from 3.9 on.

    python modules/package/build.py handler dist               the default handlers, reproducible
    python modules/package/build.py '{"source_dir": ...}'      a user's own code; Terraform calls it like this

Nothing that differs between checkouts goes in: no times, no owners, no order of the file system. The run bit follows
from the file's first line, because a checkout can lose it and Lambda refuses a `bootstrap` without it.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

if sys.version_info < (3, 9):  # noqa: UP036  it is the user's machine that decides
    sys.exit(f"error: {sys.executable} is {sys.version.split()[0]}. Set build_python to CPython 3.9 or newer.")

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
UNIX = 3
PLAIN_MODE = 0o100644
EXECUTABLE_MODE = 0o100755
ELF = b"\x7fELF"

# main.tf has the same expression: what one counts and the other packages must be the same files.
EXCLUDED = re.compile(
    r"(^|/)(\.[^/]*|__pycache__|node_modules|[^/]*\.(pyc|egg-info|whl|tf|tfvars|tfstate|tfstate\.backup))(/|$)"
)

# The Python of the module's default runtime.
PREBUILT_FOR = "3.13"
RUNTIME = ("bootstrap", "lambda_stream")
APPLICATION = "bedrock_chat"
# By the archive's name what it leaves out: Lambda fetches it at each cold start, and most functions keep no data.
PREBUILT: "dict[str, tuple[str, ...]]" = {
    "handler.zip": ("bedrock_chat/history/", "bedrock_chat/privacy/", "bedrock_chat/prompt/"),
    "chat.zip": (),
}

MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
# Lambda's Python runtimes and provided.al2023 have glibc 2.34; pip wants each acceptable platform by name.
GLIBC_MINORS = range(34, 16, -1)
# Of the patch releases the first: a backport too many does no harm.
MARKERS = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "sys_platform": "linux",
}
PIP_FOR_TARGET = Path(__file__).with_name("target_pip.py")
# Settings of a developer's machine that don't go together with --target.
PIP_ENVIRONMENT = {"PIP_REQUIRE_VIRTUALENV": "0", "PIP_USER": "0"}
# What pip writes beside a package about this one installation: it names folders of this machine, and nobody reads it.
INSTALLATION_RECORDS = frozenset({"direct_url.json", "INSTALLER", "RECORD", "REQUESTED"})

MAX_ZIP_BYTES = 50 * 1024 * 1024
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024
PROBE_SECONDS = 30
TASK_ROOT = "/var/task"

# How a path of the archive is found on this machine.
Files = dict[str, Path]


class BuildError(Exception):
    """The archive can't be built; the message says why and what to do."""


@dataclass(frozen=True)
class Order:
    """What Terraform asks for. Paths are relative to the folder that it runs in."""

    prebuilt: str
    archive: str
    built: str
    source_dir: Optional[str]  # noqa: UP045  the build machine may have Python 3.9
    source_digest: str
    requirements: Optional[str]  # noqa: UP045
    include_application: bool
    architecture: str
    python_version: Optional[str]  # noqa: UP045


def build_user_archive(order: Order) -> str:
    """Writes the archive of a user's own code and returns a line that says what was done."""
    with tempfile.TemporaryDirectory(prefix="bedrock-stream-") as folder:
        staging = Path(folder) / "task"
        staging.mkdir()
        add_runtime(Path(order.prebuilt), staging, order.python_version, with_application=order.include_application)
        reserved = {path.name for path in staging.iterdir()}
        if order.requirements is not None:
            install(order, Path(order.requirements), staging)
        if order.source_dir is not None:
            add_source(Path(order.source_dir), staging, order.source_digest, reserved)
        compiled = compile_for(order.python_version, staging, TASK_ROOT)
        archive = Path(order.archive)
        write_archive(files_below(staging), archive)
    check_limits(archive, "Put a copy of it into S3 and set package.s3 in place of source_dir and requirements.")
    Path(f"{order.archive}.built").write_text(order.built, encoding="ascii")
    return f"{archive}: {archive.stat().st_size / 1e3:,.0f} kB for {order.architecture}, {compiled}"


def build_prebuilt(source: Path, folder: Path) -> "list[str]":
    """Writes the default handlers' archives, with bytecode for the default runtime, and returns what was done."""
    done = []
    with tempfile.TemporaryDirectory(prefix="bedrock-stream-") as temporary:
        staging = Path(temporary)
        for name, path in packaged_files(source).items():
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, staging / name)
        compiled = compile_for(PREBUILT_FOR, staging, TASK_ROOT)
        for archive, without in PREBUILT.items():
            files = {name: path for name, path in files_below(staging).items() if not name.startswith(without)}
            write_archive(files, folder / archive)
            done.append(f"{folder / archive}: {(folder / archive).stat().st_size / 1e3:,.0f} kB, {compiled}")
    return done


def add_runtime(
    prebuilt: Path,
    staging: Path,
    python_version: Optional[str],  # noqa: UP045
    *,
    with_application: bool,
) -> None:
    """Unpacks `bootstrap`, the runtime and, if it is wanted, the application from the module's own archive."""
    wanted = {*RUNTIME, *([APPLICATION] if with_application else [])}
    with zipfile.ZipFile(prebuilt) as archive:
        names = [name for name in archive.namelist() if name.split("/")[0] in wanted]
        # Its bytecode is of use to one version alone, and there also where no such interpreter runs to make it anew.
        if python_version != PREBUILT_FOR:
            names = [name for name in names if not name.endswith(".pyc")]
        archive.extractall(staging, names)


def install(order: Order, requirements: Path, staging: Path) -> None:
    """Installs the requirements into `staging`, as wheels for the target whatever machine this is."""
    target = staging.with_name("requirements")
    command = pip_command(order, requirements.name, target)
    # Where the file lies, so that it can name wheels and further files beside it.
    folder, environment = requirements.resolve().parent, {**os.environ, **PIP_ENVIRONMENT}
    done = subprocess.run(command, cwd=folder, env=environment, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise BuildError(
            f"{sys.executable} -m pip could not install {requirements} for Python {order.python_version} on "
            f"{order.architecture}; what it said is above. Only wheels are installed: for a package that has none for "
            "this target, build one and name it in the file as ./wheels/<file>.whl."
        )
    for path in target.glob("*.dist-info/*"):
        if path.name in INSTALLATION_RECORDS:
            path.unlink()
    shutil.rmtree(target / "bin", ignore_errors=True)  # commands, which start with this machine's interpreter
    for path in sorted(target.glob("*")):
        if (staging / path.name).exists():
            raise BuildError(f"{requirements} installs {path.name!r}, which the module brings itself.")
        shutil.move(str(path), str(staging / path.name))


def pip_command(order: Order, requirements: str, target: Path) -> "list[str]":
    """The command that installs for the target."""
    machine = MACHINES[order.architecture]
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC_MINORS]
    # The last is what a wheel says that was built by hand: no index takes such.
    platforms += [f"manylinux2014_{machine}", f"linux_{machine}"]
    return [
        *(sys.executable, str(PIP_FOR_TARGET), json.dumps(markers(str(order.python_version), machine))),
        *("install", "--requirement", requirements, "--target", str(target)),
        *("--python-version", str(order.python_version), "--implementation", "cp", "--only-binary", ":all:"),
        *(argument for platform in platforms for argument in ("--platform", platform)),
        *("--no-compile", "--no-input", "--disable-pip-version-check", "--no-warn-conflicts", "--quiet"),
    ]


def markers(python_version: str, machine: str) -> "dict[str, str]":
    """What `; python_version < "3.13"` and the like in requirements are compared with.

    Source: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
    """
    release = f"{python_version}.0"
    versions = {"python_version": python_version, "python_full_version": release, "implementation_version": release}
    return {**MARKERS, **versions, "platform_machine": machine}


def add_source(source: Path, staging: Path, digest: str, reserved: "set[str]") -> None:
    """Copies the user's files, which must be those that the plan was made for."""
    files = packaged_files(source)
    if digest_of(files) != digest:
        raise BuildError(f"The files in {source} are not those that were planned. Plan again.")
    if clash := sorted(reserved & {name.split("/")[0] for name in files}):
        raise BuildError(f"{source} holds {clash}, which the module brings itself. Give yours another name.")
    if clash := sorted(set(files_below(staging)) & set(files)):
        raise BuildError(f"{source} and the requirements both bring {clash}. Give yours another name.")
    for name, path in files.items():
        target = staging / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def digest_of(files: Files) -> str:
    """The SHA-256 over the names and contents of files, as main.tf reckons it."""
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in files.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def compile_for(version: Optional[str], folder: Path, deployed: str, *known: str) -> str:  # noqa: UP045
    """Compiles the folder's modules if there is an interpreter of that version, and says whether.

    `deployed` is where the folder's content will lie, for tracebacks; `known` are interpreters to try first.
    """
    if version is None:
        return "without bytecode, as the target's Python version is not known"
    python = find_python(version, *known)
    if python is None:
        return f"without bytecode, as no Python {version} runs here: imports take longer in each cold start"
    # Unchecked: an archive has no times that could be compared. What can't be compiled is not imported, or fails there.
    # In one process: what a worker has compiled before shows in the bytes of the next file.
    options = ("-qq", "-s", str(folder), "-p", deployed, "--invalidation-mode", "unchecked-hash")
    # Isolated (-I): a module in the folder that Terraform runs in is none of Python's.
    command = [python, "-I", "-m", "compileall", *options, str(folder)]
    subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
    return f"with bytecode for Python {version}"


def find_python(version: str, *known: str) -> Optional[str]:  # noqa: UP045
    """An interpreter of that version that really runs: one of those, this one, one on the PATH, or pyenv's or uv's."""
    name = f"python{version}"
    folders = filter(None, os.environ.get("PATH", "").split(os.pathsep))
    on_path = (str(Path(folder, name)) for folder in folders)
    for candidate in (*known, sys.executable, *on_path, *managed_pythons(version)):
        if runs_version(candidate, version):
            return candidate
    return None


def managed_pythons(version: str) -> "list[str]":
    """The interpreters of that version that pyenv and uv keep, which need not be on the PATH."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  Path.home() raises where there is none
    pyenv = os.environ.get("PYENV_ROOT") or home / ".pyenv"
    data = os.environ.get("XDG_DATA_HOME") or home / ".local" / "share"
    uv = os.environ.get("UV_PYTHON_INSTALL_DIR") or Path(data, "uv", "python")
    places = ((pyenv, f"versions/{version}.*"), (uv, f"cpython-{version}.*"))
    return [str(path) for folder, name in places for path in sorted(Path(folder).glob(f"{name}/bin/python{version}"))]


def runs_version(python: str, version: str) -> bool:
    """Whether the file is an interpreter of that version."""
    probe = "import sys; print('%s %d.%d' % (sys.implementation.name, *sys.version_info[:2]))"
    try:
        done = subprocess.run(
            [python, "-I", "-c", probe], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == f"cpython {version}"


def packaged_files(source: Path) -> Files:
    """The files below `source` that belong in an archive."""
    return {name: path for name, path in files_below(source).items() if not EXCLUDED.search(name)}


def files_below(folder: Path) -> Files:
    """All files by their names below `folder`, in the order of those names.

    Names are in Unicode's form NFC, as Terraform has them and as programs write them: macOS may keep another.
    """
    found = {}
    for here, _, names in os.walk(folder, followlinks=True):
        for name in names:
            path = Path(here, name)
            if path.is_file():
                found[unicodedata.normalize("NFC", path.relative_to(folder).as_posix())] = path
    return dict(sorted(found.items(), key=lambda item: item[0].encode()))


def write_archive(files: Files, target: Path) -> None:
    """Writes the zip, which is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(unfinished, "w") as archive:
            for name, path in files.items():
                content = path.read_bytes()
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.create_system = UNIX
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (EXECUTABLE_MODE if content.startswith((b"#!", ELF)) else PLAIN_MODE) << 16
                archive.writestr(entry, content)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def check_limits(archive: Path, way_out: str) -> None:
    """Raises BuildError when Lambda would refuse the archive; `way_out` is for one that is only too large to send."""
    with zipfile.ZipFile(archive) as opened:
        unzipped = sum(entry.file_size for entry in opened.infolist())
    zipped = archive.stat().st_size
    if unzipped > MAX_UNZIPPED_BYTES:
        raise BuildError(f"{archive} unpacks to {unzipped / 1e6:.0f} MB, and Lambda takes 250 MB with all layers.")
    if zipped > MAX_ZIP_BYTES:
        raise BuildError(f"{archive} has {zipped / 1e6:.0f} MB, and Lambda takes 50 MB directly. {way_out}")


def main(arguments: "list[str]") -> None:
    """Builds what the arguments say."""
    if len(arguments) > 1:
        print("\n".join(build_prebuilt(Path(arguments[0]), Path(arguments[1]))))  # noqa: T201  make package shows it
        return
    try:
        print(build_user_archive(Order(**json.loads(arguments[0]))))  # noqa: T201  Terraform shows it
    except BuildError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
