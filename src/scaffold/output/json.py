"""What each command prints with `--json`. Programs read it: its keys are a public interface."""

from typing import Any

from scaffold.advise.advice import Advice
from scaffold.compare.results import Comparison, Metric
from scaffold.errors import ScaffoldError
from scaffold.frameworks import FASTAPI, FLASK
from scaffold.migrate.plan import MigrationStatus
from scaffold.new.plan import Check, Plan, Project
from scaffold.update.plan import AbortedUpdate, Difference, Update, UpdatePlan
from scaffold.update.project_result import ProjectResult, Results
from scaffold.update.project_status import ProjectStatus, Report

Document = dict[str, Any]


def error(error: ScaffoldError) -> Document:
    """Any command that failed."""
    return {
        "status": "error",
        "error": _error(error),
        "exit_code": error.exit_code,
    }


def new_plan(plan: Plan) -> Document:
    """`new --dry-run`."""
    return {"status": "planned", **_plan(plan)}


def new_project(project: Project) -> Document:
    """`new`."""
    return {
        "status": "created",
        **_plan(project.plan),
        "skipped": [vars(step) for step in project.skipped],
        "check": _check(project.check) if project.check else None,
        "next": list(project.next),
        "note": project.note,
    }


def update_plan(plan: UpdatePlan, *, diff: bool) -> Document:
    """`update`, `add`, `remove` and `set` with `--dry-run`."""
    status = "planned" if plan.changes else "up to date"
    return {"status": status, **_update(plan), **_diff(plan, diff)}


def update(update: Update, *, diff: bool) -> Document:
    """`update`, `add`, `remove` and `set`."""
    plan = update.plan
    status = "updated" if plan.changes else "up to date"
    return {
        "status": status if plan.is_settled else "conflicts",
        **_update(plan),
        **_diff(plan, diff),
        "skipped": [vars(step) for step in update.skipped],
        "next": list(update.next),
    }


def aborted_update(aborted: AbortedUpdate) -> Document:
    """`update --abort`."""
    return {"status": "aborted", "path": str(aborted.path), "version": aborted.version}


def migration(status: MigrationStatus) -> Document:
    """`migrate --status`."""
    return {
        "status": "left" if status.left else "done",
        "path": str(status.path),
        "routes": [vars(route) for route in status.routes],
        "lines_to_add": list(status.lines_to_add),
    }


def results(results: Results, *, diff: bool) -> Document:
    """`update` of several projects."""
    return {
        "status": results.status,
        "projects": [_project_result(project, diff) for project in results.projects],
    }


def difference(difference: Difference) -> Document:
    """`diff`."""
    changes = [vars(change) for change in difference.changes]
    return {
        "status": "different" if changes else "same",
        "path": str(difference.path),
        "template": {"source": difference.src_path, "ref": difference.version},
        "changes": changes,
        "diff": difference.text,
    }


def report(report: Report) -> Document:
    """`check`."""
    return {
        "status": report.status,
        "projects": [_project_status(project) for project in report.projects],
    }


def advice(advice: Advice) -> Document:
    """`advise`."""
    return {
        "status": "advised",
        "framework": advice.framework,
        "grounded": advice.grounded,
        "close": advice.close,
        "score": dict(advice.score),
        "profile": dict(advice.profile),
        "reasons_for": [vars(rule) for rule in advice.reasons_for],
        "reasons_against": [vars(rule) for rule in advice.reasons_against],
        "would_change": [vars(change) for change in advice.would_change],
        "command": advice.command,
    }


def comparison(comparison: Comparison) -> Document:
    """`compare`."""
    return {
        "status": "compared" if comparison.is_complete else "incomplete",
        "measured_at": comparison.measured_at.isoformat(timespec="seconds"),
        "machine": vars(comparison.machine),
        "method": vars(comparison.method),
        "noise": vars(comparison.noise),
        "template": {"source": comparison.src_path, "ref": comparison.version},
        "answers": dict(comparison.answers),
        "python": comparison.python,
        "packages": {name: dict(found) for name, found in comparison.packages.items()},
        "workloads": [
            {
                "name": workload.name,
                "title": workload.title,
                "request": workload.request,
                "about": workload.about,
                "failed": dict(workload.failed),
                "others": workload.others,
                "unmeasured": workload.unmeasured,
                "metrics": [_metric(metric) for metric in workload.metrics],
            }
            for workload in comparison.workloads
        ],
        "service": [_metric(metric) for metric in comparison.service],
        "command": comparison.command,
    }


def _error(error: ScaffoldError) -> Document:
    return {"message": error.message, "hint": error.hint}


def _plan(plan: Plan) -> Document:
    return {
        "path": str(plan.path),
        "template": {"source": plan.src_path, "ref": plan.version},
        "answers": dict(plan.answers),
        "files": list(plan.files),
        "command": plan.command,
    }


def _check(check: Check) -> Document:
    return {
        "passed": check.passed,
        "steps": dict(check.steps),
        "ready": check.ready,
        "readyz": check.readyz,
        "log": check.log,
    }


def _update(plan: UpdatePlan) -> Document:
    return {
        "path": str(plan.path),
        "template": {"source": plan.src_path, "from": plan.old, "to": plan.new},
        "answers": {name: {"from": old, "to": new} for name, (old, new) in plan.answers.items()},
        "changes": [vars(change) for change in plan.changes],
        "imports": [vars(item) for item in plan.imports],
        "changelog": plan.changelog,
    }


def _diff(plan: UpdatePlan, wanted: bool) -> Document:
    return {"diff": plan.diff} if wanted else {}


def _project_result(project: ProjectResult, diff: bool) -> Document:
    """What the command says of it alone, with the path and in the words of the whole."""
    found: Document = {}
    match project.outcome:
        case Update():
            found = update(project.outcome, diff=diff)
        case UpdatePlan():
            found = update_plan(project.outcome, diff=diff)
        case AbortedUpdate():
            found = aborted_update(project.outcome)
    return {
        **found,
        "path": str(project.path),
        "status": project.status,
        "error": _error(project.error) if project.error else None,
        "exit_code": project.exit_code,
    }


def _project_status(project: ProjectStatus) -> Document:
    return {
        "path": str(project.path),
        "status": project.status,
        "version": project.version,
        "newest": project.newest,
        "source": project.source,
        "error": _error(project.error) if project.error else None,
    }


def _metric(metric: Metric) -> Document:
    figures = {name: vars(getattr(metric, name)) for name in (FASTAPI, FLASK, "ratio")}
    return {**vars(metric), **figures}
