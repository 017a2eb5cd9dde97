"""What stands in the new application for the old one goes without a trace."""

import ast

import pytest

from scaffold.migrate.edits import EDITS, Edit
from tests.support.combinations import named
from tests.support.projects import Projects, render

BY_PATH = {edit.path: edit for edit in EDITS}


@pytest.fixture(scope="module", params=["fastapi-min", "fastapi-all"])
def files(
    request: pytest.FixtureRequest, projects: Projects, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("rendered") / "project"
    render(projects.template(), folder, **named(request.param).answers)
    return {e.path: (folder / e.path).read_text() for e in EDITS if (folder / e.path).exists()}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.path)
def test_an_edit_is_made_and_taken_back(edit: Edit, files: dict[str, str]) -> None:
    if edit.path not in files:
        assert edit.path == "tests/database_fixtures.py"
        return
    before = files[edit.path]
    after = edit.do(before)
    assert after != before
    if edit.path.endswith(".py"):
        ast.parse(after)
    if edit.path != "tests/database_fixtures.py":  # that one is rendered anew
        assert edit.undo(after) == before


def test_the_old_application_comes_last(files: dict[str, str]) -> None:
    lines = BY_PATH["app/main.py"].do(files["app/main.py"]).splitlines()
    place = lines.index("    strangler.init_app(app, settings)")
    assert lines[place + 1].startswith("    app.add_middleware(Middleware")
    assert "from app.strangler import feature as strangler" in lines


def test_a_main_without_a_middleware_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="adds no middleware"):
        BY_PATH["app/main.py"].do("from app import x\n")


def test_many_bases_take_more_lines() -> None:
    bases = [f"AQuiteLongNameOfSettings{number}" for number in range(4)]
    lines = "".join(f"    {base},\n" for base in bases)
    text = f"from app.x import y\n\n\nclass Settings(\n{lines}):\n    pass\n"
    after = BY_PATH["app/settings.py"].do(text)
    assert "    StranglerSettings,\n    AQuiteLongNameOfSettings3,\n):\n    pass\n" in after
    assert BY_PATH["app/settings.py"].undo(after).endswith(text.partition("class")[2])
