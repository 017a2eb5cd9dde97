"""Pin in the templates the newest releases that resolve together.

Whatever some project requires is locked at once, so that a package has one version in all of them.
What uv chooses becomes `templates/includes/constraints.toml.jinja`: each version, and the requirements
that bring it.
"""

import json
import re
import subprocess
import tempfile
import tomllib
from argparse import ArgumentParser
from pathlib import Path

from uv import find_uv_bin

from tests.support import forms
from tests.support.combinations import FRAMEWORKS

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "templates/includes/constraints.toml.jinja"
ROWS = re.compile(r"^    \(.*\n", re.MULTILINE)


def requirements() -> set[str]:
    """What some project requires, such as `limits[redis]>=5.8.0`."""
    found = set[str]()
    for framework in FRAMEWORKS:
        for form in forms.forms_at("pyproject.toml", framework):
            configuration = tomllib.loads(form.text)
            found.update(configuration["project"]["dependencies"])
            found.update(*configuration["dependency-groups"].values())
    return found


def lock(groups: dict[str, str], folder: Path) -> None:
    """Lock a project that has a group for each requirement."""
    Path(folder, "pyproject.toml").write_text(
        '[project]\nname = "everything"\nversion = "0"\nrequires-python = ">=3.11"\n'
        "[dependency-groups]\n"
        + "".join(f"{name} = [{json.dumps(one)}]\n" for name, one in groups.items())
    )
    # Of a package that left the oldest Python behind, the last version that every Python can use.
    _uv(folder, "lock", "--upgrade", "--fork-strategy", "fewest")


def brought_by(group: str, folder: Path) -> list[str]:
    """The versions that a group brings, such as `redis==7.4.1`."""
    plain = ("--no-hashes", "--no-header", "--no-annotate")
    lines = _uv(folder, "export", "--frozen", "--only-group", group, *plain).splitlines()
    return [line.partition(" ;")[0] for line in lines]


def _uv(folder: Path, *command: str) -> str:
    return subprocess.run(  # noqa: S603 - uv is ours
        [find_uv_bin(), *command, "--quiet"],
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def table() -> dict[str, list[str]]:
    """Each version, and the packages with their extras that bring it."""
    groups = {f"group-{number}": one for number, one in enumerate(sorted(requirements()))}
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        lock(groups, Path(folder))
        for group, requirement in groups.items():
            for version in brought_by(group, Path(folder)):
                found.setdefault(version, []).append(requirement.partition(">=")[0])
    if len(found) > len({version.partition("==")[0] for version in found}):
        raise SystemExit("error: a package is locked in more than one version")
    return dict(sorted(found.items()))


def main() -> None:
    """Write the table."""
    ArgumentParser(prog="poe constraints", description=__doc__).parse_args()
    rows = [f'    ("{version}", {json.dumps(by)}),\n' for version, by in table().items()]
    first, *_, last = ROWS.split(TABLE.read_text())
    TABLE.write_text("".join([first, *rows, last]))


if __name__ == "__main__":
    main()
