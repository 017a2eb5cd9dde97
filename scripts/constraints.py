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

from tests.support.questions import VALUES, Value, feasible

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "templates/includes/constraints.toml.jinja"

Combination = tuple[Value, ...]

HEADER = """\
# {% set answers = [framework, database, framework ~ "-" ~ database] %}
# {% if database != "none" %}
# {% set answers = answers + ["database", framework ~ "-database"] %}
# {% endif %}
# {% if auth == "jwt" %}
# {% set answers = answers + ["jwt", framework ~ "-jwt"] %}
# {% endif %}
# {% if websockets %}
# {% set answers = answers + ["websockets", framework ~ "-websockets", auth ~ "-websockets"] %}
# {% endif %}
# {% if ml %}
# {% set answers = answers + ["ml"] %}
# {% endif %}
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


def tags(combination: Combination) -> set[str]:
    """Name what an entry of the table may ask of a combination; the template's header agrees."""
    framework, database, auth, websockets, ml = combination
    found = {str(framework), str(database), f"{framework}-{database}"}
    if database != "none":
        found |= {"database", f"{framework}-database"}
    if auth == "jwt":
        found |= {"jwt", f"{framework}-jwt"}
    if websockets:
        found |= {"websockets", f"{framework}-websockets", f"{auth}-websockets"}
    if ml:
        found.add("ml")
    return found


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
    TABLE.write_text(HEADER + "".join(rows) + FOOTER)


if __name__ == "__main__":
    main()
