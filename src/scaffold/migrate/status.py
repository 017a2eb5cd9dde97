"""`scaffold migrate --status`: how many routes are left."""

from pathlib import Path

from scaffold.console import Console
from scaffold.migrate import proxy
from scaffold.migrate.plan import MigrationStatus
from scaffold.migrate.preconditions import check_begun
from scaffold.migrate.routes import list_routes
from scaffold.template import answers_file


def migration_status(path: Path, console: Console) -> MigrationStatus:
    """Ask both applications of a project for their routes."""
    answers_file.read(path)
    check_begun(path)
    with console.busy("Reading the routes of both applications"):
        routes = list_routes(path, "both")
    mapped = path / proxy.MAP
    if not mapped.is_file():
        return MigrationStatus(path, routes)
    return MigrationStatus(path, routes, proxy.lines_to_add(routes, mapped.read_text("utf-8")))
