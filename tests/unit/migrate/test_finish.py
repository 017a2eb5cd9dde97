"""Nothing that stays may need what goes; `tests/update` has the rest."""

from pathlib import Path

import pytest

from scaffold.console import Console
from scaffold.errors import Conflicts, UsageError
from scaffold.migrate.finish import check_imports, finish_migration, plan_finish
from scaffold.migrate.plan import MigrateRequest
from tests.cli.conftest import make_repository

RECORD = {".copier-answers.yml": "_src_path: gh:a/t\n_commit: v1\nframework: fastapi\n"}


@pytest.mark.parametrize("do", [plan_finish, finish_migration])
def test_what_has_not_begun_is_not_finished(tmp_path: Path, do: object) -> None:
    project = make_repository(tmp_path / "api", RECORD)
    assert callable(do)
    with pytest.raises(UsageError, match="no migration has begun"):
        do(MigrateRequest(project.path), Console(), colour=False)


def test_a_file_that_stays_may_not_import_the_old_application() -> None:
    check_imports(
        {"flask_app/x.py": b"import flask_app.y\n", "app/main.py": b"import app.strangler\n"}
    )
    for line in ("from flask_app.orders import x", "import app.strangler.mount"):
        with pytest.raises(Conflicts, match=r"tests/test_x.py:2 imports .*, which goes"):
            check_imports({"tests/test_x.py": f"import os\n{line}\n".encode()})
