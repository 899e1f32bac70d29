"""The search for a mirror of the provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from localaws.provider_mirror import PROVIDER, find_mirror, local_platform, standard_folders

PLATFORM = "linux_amd64"
UNPACKED = f"6.1.0/{PLATFORM}/terraform-provider-aws_v6.1.0_x5"
ZIPPED = f"terraform-provider-aws_6.1.0_{PLATFORM}.zip"


def mirror(root: Path, *parts: str, content: str = UNPACKED) -> Path:
    """Make a mirror and return its folder."""
    folder = root.joinpath(*parts)
    file = folder / PROVIDER / content
    file.parent.mkdir(parents=True)
    file.touch()
    return folder


@pytest.mark.parametrize("content", [UNPACKED, ZIPPED])
def test_both_layouts_count(tmp_path: Path, content: str) -> None:
    """Unpacked folders and zips."""
    folder = mirror(tmp_path, "somewhere", "deep", content=content)
    assert find_mirror([], [tmp_path], PLATFORM) == folder


def test_standard_folders_come_first(tmp_path: Path) -> None:
    """As for Terraform itself."""
    standard = mirror(tmp_path, "standard")
    mirror(tmp_path, "other")
    assert find_mirror([tmp_path / "missing", standard], [tmp_path], PLATFORM) == standard


def test_another_platform_is_no_use(tmp_path: Path) -> None:
    """The search goes on to a mirror that serves this machine."""
    mirror(tmp_path, "a", content="6.1.0/plan9_mips/terraform-provider-aws_v6.1.0")
    folder = mirror(tmp_path, "b", "c")
    assert find_mirror([], [tmp_path], PLATFORM) == folder


def test_the_search_has_a_bottom(tmp_path: Path) -> None:
    """Neither depth nor links nor dependency folders lead it astray."""
    mirror(tmp_path, *("deep",) * 7)
    mirror(tmp_path, "node_modules", "x")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert find_mirror([], [tmp_path, tmp_path / "missing"], PLATFORM) is None


def test_the_search_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its time is up it finds nothing."""
    mirror(tmp_path, "a")
    monkeypatch.setattr("localaws.provider_mirror.SEARCH_SECONDS", -1.0)
    assert find_mirror([], [tmp_path], PLATFORM) is None


def test_standard_folders_follow_the_environment(tmp_path: Path) -> None:
    """XDG_DATA_HOME and XDG_DATA_DIRS move them."""
    moved = standard_folders({"XDG_DATA_HOME": "/data", "XDG_DATA_DIRS": "/one:/two"}, tmp_path)
    assert Path("/data/terraform/plugins") in moved
    assert Path("/two/terraform/plugins") in moved
    assert tmp_path / ".local/share/terraform/plugins" in standard_folders({}, tmp_path)


def test_this_platform() -> None:
    """In Terraform's words."""
    assert local_platform().split("_")[0] in {"linux", "darwin", "freebsd", "win32"}
