"""How far a migration is."""

from pathlib import Path

from scaffold.migrate.plan import MigrationStatus
from scaffold.migrate.routes import Route


def test_what_fastapi_does_not_answer_is_left() -> None:
    done = Route("GET", "/a", "a", "", 0, done=True)
    left = Route("GET", "/b", "b", "", 0)
    assert MigrationStatus(Path(), (done, left)).left == (left,)
