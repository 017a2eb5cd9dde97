"""Results of commands, for the tests to print."""

from pathlib import Path

from scaffold.errors import ScaffoldError, UsageError
from scaffold.new.plan import Check, Plan, Project
from scaffold.project.skipped import Skipped
from scaffold.template.answers_file import NoProject
from scaffold.update.plan import AbortedUpdate, Change, Update, UpdatePlan
from scaffold.update.project_result import ABORTED, ProjectResult, Results, of_error, of_plan
from scaffold.update.project_status import ProjectStatus, Report

PLAN = Plan(
    path=Path("/srv/api"),
    src_path="gh:acme/t",
    version="v1.2.0",
    answers={"project_name": "api", "ml": True, "author": ""},
    files=("app/main.py", "app/items/routes.py", "README.md"),
    command="scaffold new api --yes",
)
CHECK = Check({"lint": "passed", "test": "failed: exit code 1"}, True, {"status": "ok"}, "the log")
SKIPPED = (Skipped("lock", "no network", "uv lock"),)
MADE = Project(PLAN, SKIPPED, ("cd api", "uv sync"), CHECK, "`sync` installs it")
CHANGES = (
    Change("a.py", "added"),
    Change("b.py", "merged", source="old.py"),
    Change("c.py", "conflict", "edit it"),
)
UPDATE = UpdatePlan(
    Path("/srv/api"),
    "gh:acme/t",
    "v1.0.0",
    "v2.0.0",
    {"ml": (None, True), "database": ("none", "sqlite")},
    CHANGES,
    "## 2.0.0\n\n- More",
    "diff --git\n",
)
NOTHING = UpdatePlan(Path("/srv/api"), "gh:acme/t", "v2.0.0", "v2.0.0", {}, (), "", "")
RESULTS = Results(
    (
        of_plan(Path("a"), Update(UPDATE, (), ("git commit",))),
        of_plan(Path("longer"), Update(NOTHING, (), ())),
        of_error(Path("c"), UsageError("dirty: x.py", "commit or stash")),
        of_error(Path("d"), NoProject("no project", "name another")),
        ProjectResult(Path("e"), ABORTED, AbortedUpdate(Path("/srv/e"), "v2.0.0")),
    )
)
REPORT = Report(
    (
        ProjectStatus(Path("a"), "up to date", "v2", "v2", "gh:a/t"),
        ProjectStatus(Path("longer"), "outdated", "v1", "v2", "gh:a/t"),
        ProjectStatus(Path("c"), "error", "v1", error=ScaffoldError("unreachable")),
        ProjectStatus(Path("d"), "error", error=UsageError("no project", "name another")),
    )
)
