"""What requirements bring into the archive: for the function's Python and processor, whatever machine builds."""

from pathlib import Path

import pytest

from support.builds import RUNTIME_ONLY, built, digest, order, refusal, top, write
from support.packages import write_wheel
from support.soak import SOAK


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_requirements_are_those_of_the_target(tmp_path: Path, architecture: str) -> None:
    """Not of this machine: of several wheels the one for Lambda's Python and processor, also for a newer glibc."""
    wheels = tmp_path / "src" / "wheels"
    machines = {"arm64": "aarch64", "x86_64": "x86_64"}
    for machine in machines.values():
        for python, glibc in (("313", "manylinux_2_28"), ("312", "manylinux2014"), ("313", "manylinux_2_35")):
            tag = f"cp{python}-cp{python}-{glibc}_{machine}"
            write_wheel(wheels, "fast", "1.0", {"fast.py": f"TAG = '{tag}'\n"}, tag)
    write_wheel(wheels, "plain", "2.0", {"plain/__init__.py": ""})
    requirements = wheels.parent / "requirements.txt"
    requirements.write_text("--no-index\n--find-links ./wheels\nfast == 1.0\n./wheels/plain-2.0-py3-none-any.whl\n")
    wanted = order(
        tmp_path,
        source_dir=str(wheels.parent),
        source_digest=digest({"requirements.txt": requirements.read_text()}),
        requirements=str(requirements),
        python_version="3.13",
        architecture=architecture,
    )
    with built(wanted) as archive:
        assert archive.read("fast.py").decode() == f"TAG = 'cp313-cp313-manylinux_2_28_{machines[architecture]}'\n"
        assert {name for name in archive.namelist() if ".dist-info" in name} == {
            f"{name}.dist-info/{file}" for name in ("fast-1.0", "plain-2.0") for file in ("METADATA", "WHEEL")
        }
        assert top(archive) - {"__pycache__"} == {
            *RUNTIME_ONLY, "requirements.txt", "fast.py", "plain", "fast-1.0.dist-info", "plain-2.0.dist-info",
        }  # fmt: skip


def test_a_requirement_without_a_wheel_is_refused(tmp_path: Path) -> None:
    """Nothing is compiled for the wrong machine; pip's own words stand above ours."""
    write_wheel(tmp_path, "fast", "1.0", {"fast.py": ""}, "cp313-cp313-win_amd64")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("--no-index\n--find-links .\nfast\n")
    said = refusal(order(tmp_path, requirements=str(requirements), python_version="3.13"))
    assert "No matching distribution found for fast" in said
    assert "could not install" in said
    assert "for Python 3.13 on arm64" in said


def test_names_of_the_runtime_are_refused_in_requirements(tmp_path: Path) -> None:
    """Pip would write into the runtime's folder."""
    write_wheel(tmp_path, "other", "1.0", {"lambda_stream/mine.py": ""})
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("./other-1.0-py3-none-any.whl\n")
    said = refusal(order(tmp_path, requirements=str(requirements), python_version="3.13"))
    assert "installs 'lambda_stream', which the module brings itself" in said


def required(folder: Path, text: str, **fields: str) -> dict[str, object]:
    (folder / "requirements.txt").write_text(f"--no-index\n--find-links ./wheels\n{text}")
    return order(folder, requirements=str(folder / "requirements.txt"), **{"python_version": "3.13", **fields})


CONDITIONS: list[tuple[str, set[str]]] = [
    ('python_version >= "3.13"', {"3.13"}),
    ('python_full_version < "3.12.1"', {"3.12"}),
    ('implementation_version < "3.13"', {"3.12"}),
    ('platform_machine == "aarch64"', {"3.12", "3.13"}),
    ('platform_machine == "x86_64"', set()),
    ('sys_platform == "linux" and os_name == "posix" and platform_system == "Linux"', {"3.12", "3.13"}),
    ('implementation_name == "cpython" and platform_python_implementation == "CPython"', {"3.12", "3.13"}),
    ('platform_release == "" and platform_version == ""', {"3.12", "3.13"}),
]


@pytest.mark.parametrize(("marker", "versions"), CONDITIONS if SOAK else CONDITIONS[::3])
def test_conditions_are_the_targets(tmp_path: Path, marker: str, versions: set[str]) -> None:
    """In the file and in what a package requires: a Mac and a Linux must install the same."""
    write_wheel(tmp_path / "wheels", "named", "1.0", {"named.py": ""})
    write_wheel(tmp_path / "wheels", "needed", "1.0", {"needed.py": ""})
    write_wheel(tmp_path / "wheels", "top", "1.0", {"top.py": ""}, requires=(f"needed; {marker}",))
    for version in ("3.12", "3.13"):
        wanted = required(tmp_path, f"top\nnamed; {marker}\n", python_version=version)
        with built(wanted) as archive:
            conditional = {"named.py", "needed.py"} if version in versions else set()
            assert {name for name in archive.namelist() if name.endswith("ed.py")} == conditional


def test_modules_beside_the_file_are_none_of_pips(tmp_path: Path) -> None:
    """It lies in the source folder, and there may be a module called as one of Python's."""
    write_wheel(tmp_path / "wheels", "plain", "1.0", {"plain.py": ""})
    for name in ("types", "pip", "json", "build"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not that one')\n")
    with built(required(tmp_path, "plain\n")) as archive:
        assert "plain.py" in archive.namelist()


@pytest.mark.parametrize("setting", ["PIP_USER", "PIP_REQUIRE_VIRTUALENV"])
def test_a_developers_settings_of_pip_dont_matter(
    tmp_path: Path, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that protect their own installation: nothing is installed there."""
    monkeypatch.setenv(setting, "1")
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    write_wheel(tmp_path / "wheels", "plain", "1.0", {"plain.py": ""})
    with built(required(tmp_path, "plain\n")) as archive:
        assert "plain.py" in archive.namelist()


def test_a_wheel_built_by_hand_is_taken(tmp_path: Path) -> None:
    """As the refusal of a package without wheels advises: `pip wheel` calls it linux_<machine>."""
    write_wheel(tmp_path / "wheels", "own", "1.0", {"own.py": ""}, "cp313-cp313-linux_aarch64")
    with built(required(tmp_path, "./wheels/own-1.0-cp313-cp313-linux_aarch64.whl\n")) as archive:
        assert "own.py" in archive.namelist()


def test_requirements_may_be_none(tmp_path: Path) -> None:
    """A file of comments, as a new project has one."""
    with built(required(tmp_path, "# none yet\n")) as archive:
        assert top(archive) - {"__pycache__"} == RUNTIME_ONLY


def test_a_file_in_both_is_refused(tmp_path: Path) -> None:
    """Rather than one silently replacing the other; folders of both are put together."""
    write_wheel(tmp_path / "wheels", "company", "1.0", {"company/a.py": "1\n"})
    source = write(tmp_path / "src", {"company/b.py": "2\n"})
    wanted = required(tmp_path, "company\n")
    with built({**wanted, "source_dir": str(source), "source_digest": digest({"company/b.py": "2\n"})}) as archive:
        assert {"company/a.py", "company/b.py"} <= set(archive.namelist())
    Path(str(wanted["archive"])).unlink()
    write(source, {"company/a.py": "3\n"})
    files = {"company/a.py": "3\n", "company/b.py": "2\n"}
    said = refusal({**wanted, "source_dir": str(source), "source_digest": digest(files)})
    assert "and the requirements both bring ['company/a.py']" in said


def test_commands_are_left_out(tmp_path: Path) -> None:
    """They begin with the path of an interpreter of this machine."""
    write_wheel(tmp_path / "wheels", "tool", "1.0", {"tool.py": "", "tool-1.0.data/scripts/tool": "#!python\n"})
    with built(required(tmp_path, "tool\n")) as archive:
        assert "tool.py" in archive.namelist()
        assert not [name for name in archive.namelist() if name.startswith("bin/")]
