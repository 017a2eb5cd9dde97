"""Projects on their way from Flask to FastAPI, in an environment that has the packages of both."""

from pathlib import Path

from uv import find_uv_bin

from tests.cli.conftest import Cli, Repository
from tests.support.projects import Projects, requirements, run


def environment_of_both(projects: Projects) -> Path:
    """The packages of Flask's projects and of FastAPI's."""
    destination = projects.folder / "environment-both"
    with projects.once("environment-both") as first:
        if first:
            (flask, flask_pins), (fastapi, pins) = map(requirements, ("flask", "fastapi"))
            constraints = projects.folder / "constraints-both.txt"
            constraints.write_text("\n".join(sorted(flask_pins & pins)))
            uv = find_uv_bin()
            run(uv, "venv", "--quiet", str(destination), folder=projects.folder)
            run(
                *(uv, "pip", "install", "--quiet", "--python", str(destination)),
                *("--constraints", str(constraints), *sorted({*flask, *fastapi})),
                folder=projects.folder,
            )
    return destination


def new_flask_project(projects: Projects, folder: Path, *options: str) -> tuple[Cli, Repository]:
    """A project as `scaffold new` makes it, with that environment, and the tool in its folder."""
    (folder / "work").mkdir(parents=True)
    (folder / "home").mkdir()
    cli = Cli(folder / "work", folder / "home")
    cli.env["SCAFFOLD_TEMPLATE"] = str(projects.template())
    ran = cli.new("shop", "--yes", "--framework=flask", *options)
    assert ran.code == 0, ran.err
    cli.cwd = folder / "work" / "shop"
    (cli.cwd / ".venv").symlink_to(environment_of_both(projects), target_is_directory=True)
    project = Repository(cli.cwd)
    exclude = cli.cwd / ".git/info/exclude"  # git takes the link for a file
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text(".venv\n")
    return cli, project
