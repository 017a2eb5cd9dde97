"""Every line a person reads, and the JSON a program reads."""

import json
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from scaffold.advice import NAMES, QUESTIONS, Advice, Rule, flag
from scaffold.errors import ScaffoldError
from scaffold.project import (
    Check,
    Difference,
    Plan,
    Project,
    Skipped,
    Standing,
    Survey,
    Update,
    UpdatePlan,
)

if TYPE_CHECKING:
    from scaffold.compare.results import Comparison


class Advance(Protocol):
    """Tells what comes next, or without it that one more step is done."""

    def __call__(self, step: str = "", /) -> None: ...


class Console:
    """Results go to stdout, everything else to stderr."""

    def __init__(self, *, as_json: bool = False, debug: bool = False) -> None:
        self.as_json = as_json
        self.debug = debug
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        """Tell something that matters but stops nothing."""
        self.notes.append(message)
        self._say(f"note: {_one_line(message)}")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show what is being waited for."""
        start = time.monotonic()
        if sys.stderr.isatty():
            from rich.console import Console as Terminal

            with Terminal(stderr=True).status(f"{title} …"):
                yield
            self._say(f"{title}: {time.monotonic() - start:.1f} s")
        else:
            self._say(f"{title} …")
            yield

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Advance]:
        """Show how much of a long work is done: each call says what is next, or that one is done."""
        if not sys.stderr.isatty():
            self._say(f"{title} …")
            yield lambda step="": self._say(f"  {step}") if step else None
            return
        from rich.console import Console as Terminal
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Terminal(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=total)

            def advance(step: str = "") -> None:
                if step:
                    bar.update(task, description=f"{title}, {step}")
                else:
                    bar.advance(task)

            yield advance

    def waiting(self, title: str) -> None:
        """Tell a person at a terminal why there is no answer yet."""
        if sys.stderr.isatty():
            self._say(f"{title} …")

    def error(self, error: ScaffoldError) -> None:
        """Word an error, once and in one place."""
        if self.as_json:
            self._result(
                status="error",
                error={"message": error.message, "hint": error.hint},
                exit_code=error.exit_code,
            )
        self._explain(error)

    def _explain(self, error: ScaffoldError) -> None:
        if self.debug:
            traceback.print_exception(error)
        self._say(f"error: {_one_line(error.message)}")
        if error.hint:
            self._say(f"hint: {error.hint}")

    def plan(self, plan: Plan) -> None:
        """Show what a run would write."""
        if self.as_json:
            self._result(status="planned", **_plan(plan))
            return
        print(f"Would create {plan.path} with {len(plan.files)} files\n")
        self._tree(plan, depth=None)
        self._answers(plan)
        print(f"\nTo create it:\n  {plan.command}")

    def project(self, project: Project) -> None:
        """Show what was made and what to do next."""
        plan = project.plan
        if self.as_json:
            self._result(
                status="created",
                **_plan(plan),
                skipped=[vars(step) for step in project.skipped],
                check=_check(project.check) if project.check else None,
                next=list(project.next),
            )
            return
        print(f"Created {plan.path}\n")
        self._tree(plan, depth=2)
        self._answers(plan)
        self._skipped(project.skipped)
        if project.check:
            print("\nCheck")
            for name, result in project.check.steps.items():
                print(f"  {name:<8}  {result}")
            if project.check.log:
                self._say(f"\n{project.check.log}\n")
        self._next(project.next)
        print(f"\nThe same again\n  {plan.command}")

    def update_plan(self, plan: UpdatePlan, *, diff: bool) -> None:
        """Show what an update would do."""
        if self.as_json:
            status = "planned" if plan.changes else "up to date"
            self._result(status=status, **_update(plan), **_diff(plan, diff))
        elif not plan.changes:
            print(_up_to_date(plan))
        else:
            print(f"Would update {plan.path} {_way(plan)}\n")
            self._changes(plan, diff=diff)

    def updated(self, update: Update, *, diff: bool) -> None:
        """Show what an update did, and what is left to do."""
        plan = update.plan
        if self.as_json:
            status = "updated" if plan.changes else "up to date"
            status = status if plan.is_settled else "conflicts"
            skipped = [vars(step) for step in update.skipped]
            self._result(
                status=status,
                **_update(plan),
                **_diff(plan, diff),
                skipped=skipped,
                next=list(update.next),
            )
            return
        if not plan.changes:
            print(_up_to_date(plan))
            return
        print(f"Updated {plan.path} {_way(plan)}\n")
        self._changes(plan, diff=diff)
        self._skipped(update.skipped)
        self._next(update.next)

    def aborted(self, path: Path, version: str) -> None:
        """Say that an update was taken back."""
        if self.as_json:
            self._result(status="aborted", path=str(path), version=version)
        else:
            print(f"Took the update of {path} to {version} back")

    def difference(self, difference: Difference) -> None:
        """Show how a project differs from its template."""
        if self.as_json:
            changes = [vars(change) for change in difference.changes]
            self._result(
                status="different" if changes else "same",
                path=str(difference.path),
                template={"source": difference.src_path, "ref": difference.version},
                changes=changes,
                diff=difference.text,
            )
        elif difference.changes:
            print(difference.text, end="")
        else:
            print(f"{difference.path} is as {difference.version} of its template made it")

    def _changes(self, plan: UpdatePlan, *, diff: bool) -> None:
        for change in plan.changes:
            path = f"{change.source} → {change.path}" if change.source else change.path
            reason = f"  ({change.reason})" if change.reason else ""
            print(f"  {change.status:<8}  {path}{reason}")
        if plan.imports:
            print("\nImports of yours to change")
        for item in plan.imports:
            now = f": now {item.now}" if item.now else ""
            print(f"  {item.path}:{item.line} imports {item.name}, which is gone{now}")
        if plan.answers:
            print("\nAnswers")
        for name, (before, after) in plan.answers.items():
            print(f"  {name}: {_answer(before)} → {_answer(after)}")
        if plan.changelog:
            print(f"\nNew in the template\n\n{plan.changelog}")
        if diff:
            print(f"\n{plan.diff}", end="")

    def survey(self, survey: Survey) -> None:
        """Show how projects stand to their templates."""
        if self.as_json:
            self._result(
                status=survey.status, projects=[_standing(project) for project in survey.projects]
            )
        else:
            known = [project for project in survey.projects if project.version]
            width = max((len(str(project.path)) for project in known), default=0)
            for project in known:
                print(f"{project.path!s:<{width}}  {_verdict(project)}")
            if len(known) > 1:
                found = [project.status for project in known]
                print(
                    f"{len(known)} projects: {found.count('up to date')} up to date, "
                    f"{found.count('outdated')} outdated, {found.count('error')} unknown"
                )
            sys.stdout.flush()  # what follows goes to stderr
        for project in survey.projects:
            if project.error and not project.version:
                self._explain(project.error)

    def exported(self, text: str, path: Path | None) -> None:
        """Show a document, or say where it was written to."""
        print(f"Wrote {path}\n" if path else text, end="")

    def advice(self, advice: Advice) -> None:
        """Show which framework fits, and why."""
        if self.as_json:
            self._result(
                status="advised",
                framework=advice.framework,
                grounded=advice.grounded,
                close=advice.close,
                score=dict(advice.score),
                profile=dict(advice.profile),
                reasons_for=[vars(rule) for rule in advice.reasons_for],
                reasons_against=[vars(rule) for rule in advice.reasons_against],
                would_change=[vars(change) for change in advice.would_change],
                command=advice.command,
            )
            return
        for line in advice_lines(advice):
            print(line)
        print(f"\nNext\n  {advice.command}")

    def comparison(self, comparison: "Comparison") -> None:
        """Show what both frameworks can do with the same answers."""
        if self.as_json:
            from scaffold.compare.results import document

            self._result(status="compared", **document(comparison))
            return
        from rich.console import Console as Terminal

        from scaffold.compare.table import tables

        terminal = Terminal(width=None if sys.stdout.isatty() else 100, highlight=False)
        for part in tables(comparison):
            terminal.print(part)
        print(f"\nThe same again\n  {comparison.command}")

    def _skipped(self, steps: Sequence[Skipped]) -> None:
        for step in steps:
            print(f"\nSkipped: {step.step}, because {step.reason}\n  later: {step.command}")

    def _next(self, commands: Sequence[str]) -> None:
        print("\nNext")
        for command in commands:
            print(f"  {command}")

    def _tree(self, plan: Plan, depth: int | None) -> None:
        print(f"{plan.path.name}/")
        for line in tree(plan.files, depth):
            print(line)

    def _answers(self, plan: Plan) -> None:
        print("\nAnswers")
        width = max(map(len, plan.answers), default=0)
        for name, value in plan.answers.items():
            print(f"  {name:<{width}}  {value}".rstrip())

    def _result(self, **members: Any) -> None:
        print(json.dumps({**members, "notes": self.notes}, default=str))

    def _say(self, line: str) -> None:
        with suppress(OSError, ValueError):  # nobody listens; the work goes on
            print(line, file=sys.stderr, flush=True)


def _one_line(message: str) -> str:
    """A message in which names hold anything, without what ends a line or steers the terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)


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


def advice_lines(advice: Advice) -> Iterator[str]:
    """A framework, the reasons for and against it, and what would change it."""
    name = NAMES[advice.framework]
    ours = advice.score[advice.framework]
    theirs = sum(advice.score.values()) - ours
    if not advice.grounded:
        yield f"{name}: the default, as no answer speaks for either framework"
    elif ours == theirs:
        yield f"{name}, {ours} to {theirs}: even, so it is the default"
    else:
        yield f"{name}, {ours} to {theirs}{': it is close' if advice.close else ''}"
    yield from _reasons("For it", advice.reasons_for)
    yield from _reasons("Against it", advice.reasons_against)
    if advice.would_change:
        yield "\nAny one of these would change it"
        width = max(len(flag(change.question, change.answer)) for change in advice.would_change)
        for change in advice.would_change:
            option = flag(change.question, change.answer)
            yield f"  {option:<{width}}  {_said(change.question, change.answer)}"


def _reasons(title: str, rules: Sequence[Rule]) -> Iterator[str]:
    if rules:
        yield f"\n{title}"
    for rule in rules:
        yield f"  {rule.weight}  {flag(rule.question, rule.answer)}: {rule.reason}"
        yield f"     {rule.ground} ({rule.source})"


def _said(name: str, answer: str | bool) -> str:
    question = QUESTIONS[name]
    return f"{question.help} {question.labels[question.choices.index(answer)]}"


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "path": str(plan.path),
        "template": {"source": plan.src_path, "ref": plan.version},
        "answers": dict(plan.answers),
        "files": list(plan.files),
        "command": plan.command,
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "passed": check.passed,
        "steps": dict(check.steps),
        "ready": check.ready,
        "readyz": check.readyz,
        "log": check.log,
    }


def _update(plan: UpdatePlan) -> dict[str, Any]:
    return {
        "path": str(plan.path),
        "template": {"source": plan.src_path, "from": plan.old, "to": plan.new},
        "answers": {name: {"from": old, "to": new} for name, (old, new) in plan.answers.items()},
        "changes": [vars(change) for change in plan.changes],
        "imports": [vars(item) for item in plan.imports],
        "changelog": plan.changelog,
    }


def _diff(plan: UpdatePlan, wanted: bool) -> dict[str, str]:
    return {"diff": plan.diff} if wanted else {}


def _way(plan: UpdatePlan) -> str:
    return f"at {plan.old}" if plan.old == plan.new else f"from {plan.old} to {plan.new}"


def _up_to_date(plan: UpdatePlan) -> str:
    return f"{plan.path} is up to date ({plan.new})"


def _answer(value: object) -> str:
    return "not asked" if value is None else str(value)


def _verdict(project: Standing) -> str:
    if project.error:
        return f"unknown: {project.error.message}"
    if project.status == "outdated":
        return f"outdated: {project.version} → {project.newest}"
    return f"up to date ({project.version})"


def _standing(project: Standing) -> dict[str, Any]:
    error = project.error
    return {
        "path": str(project.path),
        "status": project.status,
        "version": project.version,
        "newest": project.newest,
        "source": project.source,
        "error": {"message": error.message, "hint": error.hint} if error else None,
    }
