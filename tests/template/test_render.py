"""`poe render`: the template as it lies in the work tree becomes a project to work in."""

import sys
from pathlib import Path

import pytest

from scaffold.project import uv
from scripts import render
from tests.support.combinations import FRAMEWORKS, OFF, named
from tests.support.questions import VALUES


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where projects are rendered to."""
    monkeypatch.setattr(render, "ROOT", tmp_path)
    monkeypatch.setattr(render, "FOLDER", tmp_path / "rendered")
    return tmp_path / "rendered"


def run(monkeypatch: pytest.MonkeyPatch, *args: str) -> None:
    """The command, called with these words."""
    monkeypatch.setattr(sys, "argv", ["render", *args])
    render.main()


def test_a_project_is_rendered_with_its_secrets_and_next_commands(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "flask-all", "--no-install")
    project = folder / "flask-all"
    assert (project / "app/auth/tokens.py").exists()
    assert (project / ".env").read_text().startswith("JWT_SECRET=")
    assert capsys.readouterr().out == (
        f"{project}\n\n  cd rendered/flask-all\n"
        "  uv run poe lint\n  uv run poe test\n  uv run poe dev\n"
    )


def test_a_project_is_installed_unless_that_is_left_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[Path] = []
    monkeypatch.setattr(uv, "install", installed.append)
    run(monkeypatch, "fastapi-min")
    run(monkeypatch, "fastapi-min", "--no-install")
    assert installed == [folder / "fastapi-min"]


def test_rendering_again_replaces_the_files_and_keeps_the_environment(folder: Path) -> None:
    project = folder / "fastapi-none"
    render.render(named("fastapi-none"), project)
    made = {path.relative_to(project) for path in project.rglob("*")}
    main = (project / "app/main.py").read_text()
    (project / "app/main.py").write_text("mine\n")
    (project / "app/added").mkdir()
    (project / "added.py").touch()
    (project / ".venv").mkdir()
    (project / ".venv/kept").touch()
    render.render(named("fastapi-none"), project)
    now = {path.relative_to(project) for path in project.rglob("*")}
    assert now - made == {Path(".venv"), Path(".venv/kept")}
    assert made <= now
    assert (project / "app/main.py").read_text() == main


@pytest.mark.parametrize("name", ["flask-everything", "django", "../flask", ""])
def test_an_unknown_name_is_one_line_that_names_the_choices(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, name)
    message = str(ended.value)
    assert message.startswith(f"error: {name}: ")
    assert "\n" not in message
    choices = {f"{framework}-{extreme}" for framework in FRAMEWORKS for extreme in ("all", "min")}
    choices |= {str(value) for values in VALUES.values() for value in values if value not in OFF}
    assert all(choice in message for choice in choices - {"True"})
    assert not folder.exists()


def test_what_uv_cannot_install_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(project: Path) -> None:
        raise uv.UvError("no network")

    monkeypatch.setattr(uv, "install", fail)
    with pytest.raises(SystemExit, match=r"^error: no network$"):
        run(monkeypatch, "flask-min")
    assert (folder / "flask-min/app/main.py").exists()
