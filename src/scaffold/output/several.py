"""What `update` of several projects prints for people."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from scaffold.output.text import (
    broken_import,
    changed_answer,
    print_changes,
    print_projects,
    print_rows,
)
from scaffold.template.answers_file import NoProject
from scaffold.update.plan import AbortedUpdate, Update, UpdatePlan
from scaffold.update.project_result import (
    ABORTED,
    CONFLICTS,
    ERROR,
    INTERRUPTED,
    NOT_BEGUN,
    NOTHING_TO_ABORT,
    PLANNED,
    UP_TO_DATE,
    UPDATED,
    ProjectResult,
    Results,
)

_SKIPPED = "skipped"
# In the order in which they are counted.
_KINDS = {
    UPDATED: "updated",
    PLANNED: "to update",
    ABORTED: "taken back",
    UP_TO_DATE: "up to date",
    NOTHING_TO_ABORT: "without an update to take back",
    CONFLICTS: "with conflicts",
    ERROR: "failed",
    _SKIPPED: "skipped",
    INTERRUPTED: "interrupted",
    NOT_BEGUN: "not begun",
}
_IN_EACH = "git diff --cached", "uv run poe lint && uv run poe test", "git commit"


def results(results: Results, *, diff: bool) -> None:
    """A line for each project, and what is left to do."""
    projects = results.projects
    for project in projects:
        if diff and project.plan and project.plan.changes:
            print(f"{project.path}\n")
            print_changes(project.plan, diff=True)
            print()
    found = [_kind(project) for project in projects]
    counts = {words: found.count(kind) for kind, words in _KINDS.items() if kind in found}
    print_projects([(project.path, _line(project)) for project in projects], counts)
    _print_answers(projects)
    if left := [(project.path, words) for project in projects for words in _left_to_do(project)]:
        planned = any(isinstance(project.outcome, UpdatePlan) for project in projects)
        print(f"\n{'What will be left to do' if planned else 'Left to do'}")
        print_rows(left, indent="  ")
    if any(isinstance(each.outcome, Update) and each.outcome.plan.changes for each in projects):
        print("\nNext, in each that was updated")
        for command in _IN_EACH:
            print(f"  {command}")
        print("\n`scaffold update --abort PATH…` takes back what is not committed")


def _kind(project: ProjectResult) -> str:
    return _SKIPPED if isinstance(project.error, NoProject) else project.status


def _line(project: ProjectResult) -> str:
    """What became of a project."""
    match project:
        case ProjectResult(error=NoProject()):
            return "skipped: not a project"
        case ProjectResult(error=error) if error:
            return f"{'conflicts' if project.status == CONFLICTS else 'failed'}: {error.message}"
        case ProjectResult(outcome=AbortedUpdate(version=version)):
            return f"taken back: the update to {version}"
        case ProjectResult(status=status) if status == NOTHING_TO_ABORT:
            return "no update to take back"
        case ProjectResult(status=status) if status == INTERRUPTED:
            return f"interrupted: {'all of it is written' if project.written else 'as before'}"
        case _:
            return _planned(project.status, project.plan) if project.plan else project.status


def _planned(status: str, plan: UpdatePlan) -> str:
    if status == UP_TO_DATE:
        return f"up to date ({plan.new})"
    versions = plan.new if plan.old == plan.new else f"{plan.old} → {plan.new}"
    if plan.conflicts:
        return f"conflicts in {_files(change.path for change in plan.conflicts)}: {versions}"
    if plan.imports:
        return f"imports to change in {_files(item.path for item in plan.imports)}: {versions}"
    return f"{'to update' if status == PLANNED else 'updated'}: {versions}"


def _files(paths: Iterator[str]) -> str:
    count = len(set(paths))
    return f"{count} file{'s' if count > 1 else ''}"


def _print_answers(projects: Sequence[ProjectResult]) -> None:
    """The answers that change, such as the defaults of new questions, each with its projects."""
    found: dict[str, list[Path]] = {}
    for project in projects:
        for name, answer in project.plan.answers.items() if project.plan else ():
            if words := changed_answer(name, answer):
                found.setdefault(words, []).append(project.path)
    if found:
        print("\nAnswers")
    for words, paths in found.items():
        print(f"  {words}  ({', '.join(map(str, paths))})")


def _left_to_do(project: ProjectResult) -> Iterator[str]:
    """What only the user can do in a project."""
    plan = project.plan
    if project.error and project.error.hint and not isinstance(project.error, NoProject):
        yield project.error.hint
    for change in plan.conflicts if plan else ():
        yield f"{change.path}: {change.reason}"
    for item in plan.imports if plan else ():
        yield broken_import(item)
    if isinstance(project.outcome, Update):
        for step in project.outcome.skipped:
            yield f"{step.command}    # {step.step} was skipped: {step.reason}"
