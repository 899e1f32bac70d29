"""The place where an example root is applied."""

from __future__ import annotations

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
    assert place == tmp_path / "work/examples/one"
    assert (place / "../../main.tf").resolve() == project / "main.tf"
    assert (place / "../../modules/m/main.tf").read_text() == "modules/m/main.tf"
    assert (place / "../two").resolve() == project / "examples/two"


def test_the_copy_is_free_of_state(project: Path, tmp_path: Path) -> None:
    """And what is written there stays there."""
    place = make_workspace(project / "examples/one", tmp_path / "work")
    assert sorted(path.name for path in place.iterdir()) == ["README.md", "main.tf"]
    (place / "main.tf").write_text("changed")
    (place / "new.tfstate").touch()
    assert (project / "examples/one/main.tf").read_text() == "examples/one/main.tf"
    assert not (project / "examples/one/new.tfstate").exists()
    assert not (tmp_path / "work/.git").exists()


def test_a_root_outside_a_project_is_just_copied(tmp_path: Path) -> None:
    """Without a top there is nothing to link."""
    root = tmp_path / "alone"
    root.mkdir()
    (root / "main.tf").touch()
    assert make_workspace(root, tmp_path / "work") == tmp_path / "work"
    assert (tmp_path / "work/main.tf").exists()


@pytest.mark.parametrize("example", ["examples", "missing"])
def test_a_folder_without_a_root_is_refused(project: Path, tmp_path: Path, example: str) -> None:
    """In one sentence."""
    with pytest.raises(ExampleError, match="holds no Terraform root"):
        make_workspace(project / example, tmp_path / "work")
