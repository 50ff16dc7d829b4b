"""Where things are, and names that are free."""

from pathlib import Path

import pytest

from fontloom.store.paths import free_name


@pytest.mark.parametrize(
    ("name", "free"), [("a", "a-2"), ("a-7", "a-8"), ("run-20261105", "run-20261105-2"), ("-5", "-5-2")]
)
def test_a_taken_name_is_numbered(tmp_path: Path, name: str, free: str) -> None:
    assert free_name(tmp_path, name) == name
    (tmp_path / name).mkdir()
    assert free_name(tmp_path, name) == free


def test_what_is_taken_by_a_dangling_link_is_taken(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters-2").symlink_to("nowhere")
    assert free_name(tmp_path, "letters") == "letters-3"


def test_a_free_name_is_never_too_long(tmp_path: Path) -> None:
    (tmp_path / ("x" * 100)).mkdir()
    assert free_name(tmp_path, "x" * 100) == "x" * 98 + "-2"
