"""What each command prints for people."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scaffold.advise.advice import Advice, flag
from scaffold.advise.rules import QUESTIONS, Rule
from scaffold.compare.results import Comparison
from scaffold.console import write_to_stderr
from scaffold.frameworks import NAMES
from scaffold.migrate.plan import MigrationStatus
from scaffold.new.plan import Plan, Project
from scaffold.project.skipped import Skipped
from scaffold.template import resources
from scaffold.update.plan import AbortedUpdate, BrokenImport, Difference, Update, UpdatePlan
from scaffold.update.project_status import ProjectStatus, Report


def new_plan(plan: Plan) -> None:
    """What `new` would write."""
    print(f"Would create {plan.path} with {len(plan.files)} files\n")
    _print_tree(plan, depth=None)
    _print_answers(plan)
    print(f"\nTo create it:\n  {plan.command}")


def new_project(project: Project) -> None:
    """What was made, and what to do next."""
    plan = project.plan
    print(f"Created {plan.path}\n")
    _print_tree(plan, depth=2)
    _print_answers(plan)
    _print_skipped(project.skipped)
    if project.check:
        print("\nCheck")
        for name, result in project.check.steps.items():
            print(f"  {name:<8}  {result}")
        if project.check.log:
            write_to_stderr(f"\n{project.check.log}\n")
    _print_next(project.next)
    if project.note:
        print(f"\n{project.note}")
    print(f"\nThe same again\n  {plan.command}")


def update_plan(plan: UpdatePlan, *, diff: bool) -> None:
    """What an update would do."""
    if plan.changes:
        print(f"Would update {plan.path} {_versions(plan)}\n")
        print_changes(plan, diff=diff)
    else:
        print(_up_to_date(plan))


def update(update: Update, *, diff: bool) -> None:
    """What an update did, and what is left to do."""
    plan = update.plan
    if not plan.changes:
        print(_up_to_date(plan))
        return
    print(f"Updated {plan.path} {_versions(plan)}\n")
    print_changes(plan, diff=diff)
    _print_skipped(update.skipped)
    _print_next(update.next)


def aborted_update(aborted: AbortedUpdate) -> None:
    """That an update was taken back."""
    print(f"Took the update of {aborted.path} to {aborted.version} back")


def migration(status: MigrationStatus) -> None:
    """Which routes only the old application has."""
    left = status.left
    print(
        f"{len(status.routes) - len(left)} of {len(status.routes)} routes are answered by FastAPI"
    )
    if left:
        print("\nLeft")
        print_rows([(f"{r.method:<6} {r.path}", r.place or r.endpoint) for r in left], "  ")
    if status.lines_to_add:
        print("\nFastAPI has these, and nginx sends them to Flask: lines for proxy/routes.map")
        for line in status.lines_to_add:
            print(f"  {line}")
    if not left:
        _print_next(["scaffold migrate --finish"])


def difference(difference: Difference) -> None:
    """How a project differs from its template."""
    if difference.changes:
        print(difference.text, end="")
    else:
        print(f"{difference.path} is as {difference.version} of its template made it")


def report(report: Report) -> None:
    """How projects stand to their templates."""
    known = [project for project in report.projects if project.version]
    found = [project.status for project in known]
    counts = {
        "up to date": found.count("up to date"),
        "outdated": found.count("outdated"),
        "unknown": found.count("error"),
    }
    print_projects([(project.path, _status(project)) for project in known], counts)
    sys.stdout.flush()  # what follows goes to stderr


def print_projects(rows: Sequence[tuple[Path, str]], counts: Mapping[str, int]) -> None:
    """A line for each project, and how many there are of each kind."""
    print_rows(rows)
    if len(rows) > 1:
        kinds = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        print(f"{len(rows)} projects: {kinds}")


def print_rows(rows: Sequence[tuple[object, str]], indent: str = "") -> None:
    """What is said of each, in a column."""
    width = max((len(str(name)) for name, _ in rows), default=0)
    for name, words in rows:
        print(f"{indent}{name!s:<{width}}  {words}")


def document(text: str, path: Path | None) -> None:
    """A document, or where it was written to."""
    print(f"Wrote {path}\n" if path else text, end="")


def advice(advice: Advice) -> None:
    """Which framework fits, and why."""
    for line in advice_lines(advice):
        print(line)
    print(f"\nNext\n  {advice.command}")


def comparison(comparison: Comparison) -> None:
    """What both frameworks can do with the same answers."""
    from rich.console import Console as Terminal

    from scaffold.compare.table import tables

    terminal = Terminal(width=None if sys.stdout.isatty() else 100, highlight=False)
    for part in tables(comparison):
        terminal.print(part)
    print(f"\nThe same again\n  {comparison.command}")


def tree(files: Sequence[str], depth: int | None, indent: str = "") -> Iterator[str]:
    """Paths as branches; below the depth a folder shows only how much is in it."""
    names = sorted({file.partition("/")[0] for file in files})
    for name in names:
        last = name == names[-1]
        inside = [file.partition("/")[2] for file in files if file.startswith(f"{name}/")]
        closed = inside and depth == 1
        label = f"{name}/" if inside else name
        count = f" ({len(inside)} file{'s' if len(inside) > 1 else ''})" if closed else ""
        yield f"{indent}{'└── ' if last else '├── '}{label}{count}"
        if inside and not closed:
            below = None if depth is None else depth - 1
            yield from tree(inside, below, indent + ("    " if last else "│   "))


def verdict(advice: Advice) -> str:
    """Which framework, and by how much."""
    name = NAMES[advice.framework]
    ours = advice.score[advice.framework]
    theirs = sum(advice.score.values()) - ours
    if not advice.grounded:
        return f"{name}: the default, as no answer speaks for either framework"
    if ours == theirs:
        return f"{name}, {ours} to {theirs}: even, so it is the default"
    return f"{name}, {ours} to {theirs}{': it is close' if advice.close else ''}"


def advice_lines(advice: Advice) -> Iterator[str]:
    """The reasons for and against a framework, what would change it, and last which one it is."""
    parts = [
        list(_reasons("For", advice, advice.reasons_for)),
        list(_reasons("Against", advice, advice.reasons_against)),
        list(_changes(advice)),
        [verdict(advice)],
    ]
    for number, part in enumerate(filter(None, parts)):
        yield from ([""] if number else [])
        yield from part


def _changes(advice: Advice) -> Iterator[str]:
    if advice.would_change:
        yield "Any one of these would change it"
        width = max(len(flag(change.question, change.answer)) for change in advice.would_change)
        for change in advice.would_change:
            option = flag(change.question, change.answer)
            yield f"  {option:<{width}}  {_in_words(change.question, change.answer)}"


def _reasons(word: str, advice: Advice, rules: Sequence[Rule]) -> Iterator[str]:
    if rules:
        yield f"{word} {NAMES[advice.framework]}"
    for rule in rules:
        yield f"  {rule.weight}  {flag(rule.question, rule.answer)}: {rule.reason}"
        yield f"     {rule.ground} ({rule.source})"


def _in_words(name: str, answer: str | bool) -> str:
    question = QUESTIONS[name]
    return f"{question.help} {question.labels[question.choices.index(answer)]}"


def broken_import(item: BrokenImport) -> str:
    """An import to change."""
    now = f": now {item.now}" if item.now else ""
    verb = "uses" if item.is_use else "imports"
    return f"{item.path}:{item.line} {verb} {item.name}, which is gone{now}"


def changed_answer(name: str, answer: tuple[Any, Any]) -> str:
    """An answer before and after; nothing where only the template has to know of the change."""
    before, after = answer
    if name == resources.QUESTION and None not in answer:
        words = resources.changed_resources(before, after)
        return f"{name}: {words}" if words else ""
    return f"{name}: {_answer(name, before)} → {_answer(name, after)}"


def print_changes(plan: UpdatePlan, *, diff: bool) -> None:
    """What happens to each file, and what else an update brings."""
    for change in plan.changes:
        path = f"{change.source} → {change.path}" if change.source else change.path
        reason = f"  ({change.reason})" if change.reason else ""
        print(f"  {change.status:<8}  {path}{reason}")
    if plan.imports:
        print("\nImports to change")
    for item in plan.imports:
        print(f"  {broken_import(item)}")
    answers = [words for item in plan.answers.items() if (words := changed_answer(*item))]
    if answers:
        print("\nAnswers")
    for words in answers:
        print(f"  {words}")
    if plan.changelog:
        print(f"\nNew in the template\n\n{plan.changelog}")
    if diff:
        print(f"\n{plan.diff}", end="")


def _print_skipped(steps: Sequence[Skipped]) -> None:
    for step in steps:
        print(f"\nSkipped: {step.step}, because {step.reason}\n  later: {step.command}")


def _print_next(commands: Sequence[str]) -> None:
    print("\nNext")
    for command in commands:
        print(f"  {command}")


def _print_tree(plan: Plan, depth: int | None) -> None:
    print(f"{plan.path.name}/")
    for line in tree(plan.files, depth):
        print(line)


def _print_answers(plan: Plan) -> None:
    print("\nAnswers")
    width = max(map(len, plan.answers), default=0)
    for name, value in plan.answers.items():
        print(f"  {name:<{width}}  {resources.spoken_answer(name, value)}".rstrip())


def _versions(plan: UpdatePlan) -> str:
    return f"at {plan.old}" if plan.old == plan.new else f"from {plan.old} to {plan.new}"


def _up_to_date(plan: UpdatePlan) -> str:
    return f"{plan.path} is up to date ({plan.new})"


def _answer(name: str, value: object) -> str:
    return "not asked" if value is None else resources.spoken_answer(name, value)


def _status(project: ProjectStatus) -> str:
    if project.error:
        return f"unknown: {project.error.message}"
    if project.status == "outdated":
        return f"outdated: {project.version} → {project.newest}"
    return f"up to date ({project.version})"
