"""Write what the command line has to know of the questions in copier.yml.

So `scaffold --help` needs no YAML, and an installed scaffold no template, to name its flags.
"""

import json
from argparse import ArgumentParser
from pathlib import Path

from scaffold.template import snapshot
from scaffold.template.copier_yml import parse_questions

ROOT = Path(__file__).parents[1]
PARTS = ("type", "choices", "multiselect", "help")


def written() -> str:
    """The questions as JSON, one a line."""
    asked = parse_questions((ROOT / "copier.yml").read_text(encoding="utf-8"))
    lines = [
        f"  {json.dumps(name)}: "
        + json.dumps({part: getattr(question, part) for part in PARTS}, ensure_ascii=False)
        for name, question in asked.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    """Write the snapshot."""
    ArgumentParser(prog="poe questions", description=__doc__).parse_args()
    path = snapshot.PLACES[-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main()
