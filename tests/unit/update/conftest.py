"""Updates of a project of the tiny template, in the process of the tests."""

from typing import Any

import pytest

from scaffold.console import Console
from scaffold.errors import ScaffoldError
from scaffold.update.plan import Update, UpdatePlan, UpdateRequest
from scaffold.update.update import plan_update, update_project
from tests.cli.conftest import Repository


def planned(project: Repository, **asked: Any) -> UpdatePlan:
    return plan_update(UpdateRequest(project.path, **asked), Console(), colour=False)


def updated(project: Repository, console: Console | None = None, **asked: Any) -> Update:
    request = UpdateRequest(project.path, **{"install": False, **asked})
    return update_project(request, console or Console(), colour=False)


def refused(project: Repository, **asked: Any) -> ScaffoldError:
    before = project.git("status", "--porcelain", "--ignored")
    with pytest.raises(ScaffoldError) as caught:
        updated(project, **asked)
    assert project.git("status", "--porcelain", "--ignored") == before
    return caught.value


def statuses(plan: UpdatePlan) -> dict[str, str]:
    return {change.path: change.status for change in plan.changes}


NEWEST = {
    ".copier-answers.yml": "changed",
    "app/main.py": "changed",
    "app/new.py": "added",
    "once.txt": "kept",
}
