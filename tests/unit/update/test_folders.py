"""A folder counts once, whatever it is called."""

from pathlib import Path

import pytest

from scaffold.update.folders import distinct_folders


def test_a_folder_counts_once_under_the_name_that_came_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("api").mkdir()
    Path("link").symlink_to("api")
    given = [Path("link"), Path("api"), tmp_path / "api", Path("other"), Path("other")]
    assert distinct_folders(given) == [Path("link"), Path("other")]
