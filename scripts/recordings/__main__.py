"""Record the pictures of the manual anew, from the real program; `--check` compares them and writes nothing."""

import argparse
import re
import sys
from pathlib import Path

from scripts.recordings import picture, scenes

FOLDER = Path(__file__).parents[2] / "docs" / "images"
# What is another each time: how long something took, commits, days and moments, lines, and the page.
VARIES = re.compile(
    r"\d+(\.\d+)? ?(ms|s)\b|\b[0-9a-f]{7,40}\b|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d(\.\d+)?"
    r'|@@[^<]*@@|textLength="[\d.]+"|base64,[\w+/=]+'
)


def main() -> None:
    """Write the pictures that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="poe recordings", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of the pictures")
    parser.add_argument("--check", action="store_true", help="fail where one is out of date")
    arguments = parser.parse_args()
    outdated = []
    for scene in scenes.SCENES:
        if arguments.names and scene.name not in arguments.names:
            continue
        file = FOLDER / f"{scene.name}.svg"
        drawn = record(scene)
        if not arguments.check:
            file.write_text(drawn)
        elif plain(drawn) != plain(file.read_text()):
            outdated.append(scene.name)
    if outdated:
        sys.exit(f"error: out of date: {', '.join(outdated)}; run: uv run poe recordings")


def record(scene: scenes.Scene) -> str:
    """Play a scene, and draw it."""
    with scenes.stage() as stage:
        recording = scene.play(stage)
    return picture.draw(recording.frames, scene.title, recording.page)


def plain(drawn: str) -> str:
    """A picture without what is another each time."""
    return VARIES.sub("", drawn)


if __name__ == "__main__":
    main()
