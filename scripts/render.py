"""Render a project from the template as it lies in the work tree, to open, lint and run.

It is written to `rendered/NAME` and installed. Rendering it again replaces all of its files, and keeps
its environment.
"""

import shutil
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from scaffold.project import env_file, uv
from tests.support import projects
from tests.support.combinations import Combination, grammar, named

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "rendered"
ENVIRONMENT = ".venv"


def main() -> None:
    """Render the project of the command line, and say what can be done with it."""
    parser = ArgumentParser(prog="poe render", description=__doc__)
    parser.add_argument("name", metavar="NAME", help=grammar())
    parser.add_argument("--no-install", action="store_true", help="leave out `uv sync`")
    args = parser.parse_args()
    try:
        combination = named(args.name)
    except ValueError as error:
        sys.exit(f"error: {error}")
    project = FOLDER / args.name
    render(combination, project)
    if not args.no_install:
        install(project)
    print(f"{project}\n\n  cd {project.relative_to(ROOT)}")
    print("  uv run poe lint\n  uv run poe test\n  uv run poe dev")


def render(combination: Combination, project: Path) -> None:
    """Write the project, with the secrets that it needs to start, in place of an earlier one."""
    with tempfile.TemporaryDirectory() as folder:
        template, rendered = Path(folder, "template"), Path(folder, "project")
        projects.snapshot(template)
        projects.render(template, rendered, **combination.answers)
        env_file.write(rendered, env_file.secret_names(combination.secret_settings))
        remove_files(project)
        shutil.copytree(rendered, project, dirs_exist_ok=True)


def remove_files(project: Path) -> None:
    """Remove everything but the environment."""
    for path in project.iterdir() if project.exists() else ():
        if path.is_dir() and path.name != ENVIRONMENT:
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()


def install(project: Path) -> None:
    """Make the environment; what uv cannot do is told in one line."""
    try:
        uv.install(project)
    except uv.UvError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
