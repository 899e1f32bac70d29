"""The place where an example root is applied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localaws.errors import ExampleError
from localaws.workspace import make_workspace


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a module and a root that has been applied in place before."""
    top = tmp_path / "project"
    files = (
        ".git/HEAD",
        "main.tf",
        "modules/m/main.tf",
        "examples/one/main.tf",
        "examples/one/README.md",
        "examples/one/.terraform/x",
        "examples/one/.terraform.lock.hcl",
        "examples/one/terraform.tfstate",
        "examples/one/terraform.tfstate.backup",
        "examples/two/main.tf",
    )
    for name in files:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return top


def test_relative_sources_lead_to_the_real_files(project: Path, tmp_path: Path) -> None:
    """The copy has its place in a tree of links."""
    place = make_workspace(project / "examples/one", tmp_path / "work")
    assert place == (tmp_path / "work").joinpath(*(project / "examples/one").parts[1:])
    assert (place / "../../main.tf").resolve() == project / "main.tf"
    assert (place / "../../modules/m/main.tf").read_text() == "modules/m/main.tf"
    assert (place / "../two").resolve() == project / "examples/two"
    assert place.parents[1].joinpath("modules").is_symlink()


def test_the_copy_is_free_of_state(project: Path, tmp_path: Path) -> None:
    """And what is written there stays there."""
    place = make_workspace(project / "examples/one", tmp_path / "work")
    assert sorted(path.name for path in place.iterdir()) == ["README.md", "main.tf"]
    (place / "main.tf").write_text("changed")
    (place / "new.tfstate").touch()
    assert (project / "examples/one/main.tf").read_text() == "examples/one/main.tf"
    assert not (project / "examples/one/new.tfstate").exists()
    assert not (place.parents[1] / ".git").exists()


def test_a_root_may_lie_anywhere(project: Path, tmp_path: Path) -> None:
    """A module beside it or far away is found, up to the file system's top."""
    root = tmp_path / "alone" / "deep"
    root.mkdir(parents=True)
    (root / "main.tf").touch()
    place = make_workspace(root, tmp_path / "work")
    assert (place / "main.tf").exists()
    assert (place / "../../project/main.tf").resolve() == project / "main.tf"
    top = Path(*[".."] * len(root.parts[1:]))
    assert (place / top / "etc").resolve() == Path("/etc").resolve()


def test_a_folder_that_cannot_be_listed_is_passed_through(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As homes of other users often can't be: the root's own place is right all the same."""
    listed = Path.iterdir

    def iterdir(folder: Path) -> Iterator[Path]:
        if folder == project:
            raise PermissionError(13, "Permission denied", str(folder))
        return iter(listed(folder))

    monkeypatch.setattr(Path, "iterdir", iterdir)
    place = make_workspace(project / "examples/one", tmp_path / "work")
    assert (place / "main.tf").exists()
    assert (place / "../two/main.tf").exists()
    assert not (place / "../../modules").exists()


@pytest.mark.parametrize("example", ["examples", "missing"])
def test_a_folder_without_a_root_is_refused(project: Path, tmp_path: Path, example: str) -> None:
    """In one sentence."""
    with pytest.raises(ExampleError, match="holds no Terraform root"):
        make_workspace(project / example, tmp_path / "work")
