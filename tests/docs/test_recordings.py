"""The pictures of the program: whole by themselves, and what it shows today."""

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scripts.recordings.__main__ import FOLDER, plain, record
from scripts.recordings.scenes import SCENES, Scene, answer_questions, stage

PICTURES = sorted(FOLDER.glob("*.svg"))
LARGEST = 150_000


def test_every_scene_has_its_picture() -> None:
    assert [picture.stem for picture in PICTURES] == sorted(scene.name for scene in SCENES)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_a_picture_is_small_and_needs_nothing_else(picture: Path) -> None:
    text = picture.read_text()
    assert len(text) < LARGEST
    tags = list(ElementTree.fromstring(text).iter())  # noqa: S314 - our own file
    assert "script" not in {tag.tag.rpartition("}")[2] for tag in tags}
    hrefs = [tag.attrib["href"] for tag in tags if "href" in tag.attrib]
    assert [href for href in hrefs if not href.startswith("data:")] == []
    assert "prefers-reduced-motion" in text
    assert "/tmp/" not in text  # noqa: S108 - no path of the machine that made it


def test_the_questions_are_those_that_the_recording_answers() -> None:
    with stage() as made:
        terminal = made.terminal()
        try:
            answer_questions(terminal, "scaffold new shop --no-install")
        finally:
            terminal.close()
        assert (made.folder / "shop/app/main.py").is_file()


if "SCAFFOLD_RECORDINGS" in os.environ:  # at night: one of them installs a service and starts it

    @pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
    def test_a_picture_shows_what_the_program_shows(scene: Scene) -> None:
        kept = (FOLDER / f"{scene.name}.svg").read_text()
        assert plain(record(scene)) == plain(kept), "run: uv run poe recordings"
