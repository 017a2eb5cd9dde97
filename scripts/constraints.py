"""Pin in the templates the newest releases that resolve together.

Every combination of answers is rendered without constraints and locked; what uv chose becomes
`templates/includes/constraints.toml.jinja`, where each version names the answers that bring it.
"""

import itertools
import json
import re
import subprocess
import tempfile
import tomllib
from argparse import ArgumentParser
from pathlib import Path

from copier import Settings, run_copy

from tests.support.combinations import OFF
from tests.support.questions import VALUES, Value, feasible

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "templates/includes/constraints.toml.jinja"

Combination = tuple[Value, ...]

HEADER = """\
# {% set labels = [] %}
{labels}\
# {% set met = namespace(pairs=[]) %}
# {% for one in labels %}
# {% for other in labels[loop.index:] %}
# {% set met.pairs = met.pairs + [one ~ "-" ~ other] %}
# {% endfor %}
# {% endfor %}
# {% set answers = labels + met.pairs %}
# {% set constraints = [
"""

FOOTER = """\
] %}
[tool.uv]
package = false
# Versions that were tested together. Raise or delete an entry to move away from it.
constraint-dependencies = [
# {% for requirement, bringing in constraints if not bringing or bringing | select("in", answers) | list %}
    "{{ requirement }}",
# {% endfor %}
]
"""


def labels(name: str, value: Value) -> list[str]:
    """Name an answer: by its value, and whether it brings something in or leaves it out."""
    if value in OFF:
        return [f"no-{name}"]
    named = [name] if set(OFF) & set(VALUES[name]) else []
    return named if value is True else [str(value), *named]


def header() -> str:
    """The same names and their pairs as `tags` has them, for the template to compute."""
    lines = []
    for name, values in VALUES.items():
        off = next((value for value in values if value in OFF), None)
        if off is None:
            told = f"[{name}]"
        elif off is False:
            told = f'["{name}" if {name} else "no-{name}"]'
        else:
            told = f'([{name}, "{name}"] if {name} != "{off}" else ["no-{name}"])'
        lines.append(f"# {{% set labels = labels + {told} %}}\n")
    return HEADER.replace("{labels}", "".join(lines))


def tags(combination: Combination) -> set[str]:
    """Name what an entry of the table may ask of a combination; the template's header agrees."""
    found = [label for answer in zip(VALUES, combination, strict=True) for label in labels(*answer)]
    return {*found, *map("-".join, itertools.combinations(found, 2))}


def lock(combination: Combination, folder: Path) -> dict[str, str]:
    """Render a combination without constraints and return the versions that uv chooses."""
    run_copy(
        str(ROOT),
        folder,
        data=dict(zip(VALUES, combination, strict=True)),
        defaults=True,
        quiet=True,
        vcs_ref="HEAD",
        settings=Settings(),
    )
    pyproject = folder / "pyproject.toml"
    free = re.sub(
        r"constraint-dependencies = \[.*?\n\]\n", "", pyproject.read_text(), flags=re.DOTALL
    )
    pyproject.write_text(free)
    # Of a package that left the oldest Python behind, the last version that every Python can use.
    command = ["uv", "lock", "--quiet", "--upgrade", "--fork-strategy", "fewest"]
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603
    packages = tomllib.loads((folder / "uv.lock").read_text())["package"]
    found = [(p["name"], p["version"]) for p in packages if "registry" in p["source"]]
    if len(found) > len(dict(found)):
        raise SystemExit(f"{combination}: a package is locked in more than one version")
    return dict(found)


def cover(wanted: set[Combination], everything: list[Combination]) -> list[str]:
    """Name the fewest tags that together mean exactly the wanted combinations; none means all."""
    if wanted == set(everything):
        return []
    reach = {
        tag: {c for c in everything if tag in tags(c)}
        for tag in sorted(set().union(*map(tags, everything)))
    }
    chosen: list[str] = []
    while missing := wanted - set().union(*(reach[tag] for tag in chosen)):
        fitting = [tag for tag in reach if reach[tag] <= wanted and reach[tag] & missing]
        if not fitting:
            raise SystemExit(f"no tag means exactly {sorted(missing)}")
        chosen.append(max(fitting, key=lambda tag: len(reach[tag] & missing)))
    return sorted(chosen)


def main() -> None:
    """Write the table."""
    ArgumentParser(prog="poe constraints", description=__doc__).parse_args()
    everything = [
        combination
        for combination in itertools.product(*VALUES.values())
        if feasible(dict(zip(VALUES, combination, strict=True)))
    ]
    brought: dict[str, set[Combination]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for combination in everything:
            for name, version in lock(
                combination, Path(folder, "-".join(map(str, combination)))
            ).items():
                brought.setdefault(f"{name}=={version}", set()).add(combination)
    rows = [
        f'    ("{requirement}", {json.dumps(cover(brought[requirement], everything))}),\n'
        for requirement in sorted(brought)
    ]
    TABLE.write_text(header() + "".join(rows) + FOOTER)


if __name__ == "__main__":
    main()
