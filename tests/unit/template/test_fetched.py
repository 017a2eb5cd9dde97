"""A template is fetched once, whether it can be or not."""

from pathlib import Path

import pytest

from scaffold.console import Console
from scaffold.errors import ScaffoldError
from scaffold.template import sources
from scaffold.template.fetched import Fetched
from scaffold.template.sources import Source
from tests.cli.conftest import Repository


def test_a_template_is_fetched_once_and_each_has_its_own_place(
    repository: Repository, tmp_path: Path, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (Source(f"file://{path}") for path in (repository.path, repository.path / ".git"))
    fetched = Fetched(tmp_path)
    first = fetched.repository(one, console)
    assert fetched.repository(Source(one.location), console) == first
    assert fetched.repository(other, console)[0] != first[0]
    assert capsys.readouterr().err.count("Fetching the template") == 2


def test_a_template_that_does_not_answer_is_not_asked_again(
    tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Source] = []

    def fail(source: Source, *_: object) -> None:
        asked.append(source)
        raise ScaffoldError("no network")

    monkeypatch.setattr(sources, "repository", fail)
    fetched = Fetched(tmp_path)
    for _ in range(2):
        with pytest.raises(ScaffoldError, match="no network"):
            fetched.repository(Source("https://git.example.com/t.git"), console)
    assert len(asked) == 1
