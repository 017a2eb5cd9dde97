"""Plays every scenario with every tool, and prints docs/updates-compared.md; `--write` writes it."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.compare_updates.project import Machine
from scripts.compare_updates.scenarios import SCENARIOS
from scripts.compare_updates.tools import Copier, Cruft, Scaffold, Tool

PAGE = Path(__file__).parents[2] / "docs" / "updates-compared.md"
HEAD = """\
# Updates, side by side

Twenty things that happen to teams, each with `scaffold update`, `copier update` and `cruft update`. \
A script makes a small template, a project from its version 1.0.0 and an edit of the user, releases \
the template's next version, runs the update as the tool's manual says, and asks the same \
questions of every outcome. This page is what it writes:

```console
uv run poe compare-updates --write
```

It needs `uv` and, to install cruft aside, a package index. `uv run pytest tests/update/test_compared.py` \
asks the same of `scaffold update` alone.
"""
RULES = """\
- ✓ means that all of what is right holds. Otherwise ✗ is followed by what does not.
- An edit that stands in a conflict is not lost. A conflict is what shows afterwards that the user \
has to decide: an unmerged entry in git's index, markers in a file, or a `.rej` file.
- An exit code of 0 says that nothing is left to do; scripts and bots rely on that.
- Every edit is committed before the update, unless the scenario says otherwise. What is lost is \
then still in the last commit, for those who notice; only of a file that git ignores it is not.
- scaffold updates Copier's projects, so both start from the same one. For cruft the same template \
is written in cookiecutter's form.
- The updates are `scaffold update`, `copier update --defaults` and `cruft update -y`. Copier and \
cruft have no command to take an update back: there it is `git reset --hard` and `git clean -fd`. \
cruft knows no releases: unless `--checkout` names a version, it goes to the head of the branch.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="poe compare-updates", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}, do not print it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tools = (Scaffold(), Copier(), Cruft.installed(Path(folder, "cruft")))
        page = "\n".join((HEAD, versions(tools), RULES, *table(tools, Path(folder))))
    if arguments.write:
        PAGE.write_text(page + "\n", encoding="utf-8")
    else:
        print(page)


def versions(tools: Sequence[Tool]) -> str:
    """What the outcomes depend on."""
    printed = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)  # noqa: S607
    git = printed.stdout.split()[2]
    return f"Versions: {', '.join(f'{tool.name} {tool.version}' for tool in tools)}; git {git}.\n"


def table(tools: Sequence[Tool], folder: Path) -> Iterator[str]:
    """A line for each scenario, and one that counts."""
    yield f"| scenario | what is right | {' | '.join(tool.name for tool in tools)} |"
    yield "| --- | --- |" + " --- |" * len(tools)
    right = dict.fromkeys(tools, 0)
    for number, scenario in enumerate(SCENARIOS):
        print(f"{number + 1:2} {scenario.name}", file=sys.stderr)
        cells = []
        for tool in tools:
            faults = scenario.play(tool, Machine(folder / f"{number}-{tool.name}"))
            right[tool] += not faults
            cells.append(f"✗ {'; '.join(faults)}" if faults else "✓")
        yield f"| {scenario.name} | {scenario.right} | {' | '.join(cells)} |"
    yield f"| right | | {' | '.join(f'{count} of {len(SCENARIOS)}' for count in right.values())} |"


if __name__ == "__main__":
    main()
