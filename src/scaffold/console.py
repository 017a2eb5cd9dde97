"""Every line a person reads, and the JSON a program reads."""

import json
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from scaffold.errors import ScaffoldError
from scaffold.project import Check, Plan, Project


class Console:
    """Results go to stdout, everything else to stderr."""

    def __init__(self, *, as_json: bool = False, debug: bool = False) -> None:
        self.as_json = as_json
        self.debug = debug
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        """Tell something that matters but stops nothing."""
        self.notes.append(message)
        self._say(f"note: {message}")

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

    def error(self, error: ScaffoldError) -> None:
        """Word an error, once and in one place."""
        if self.debug:
            traceback.print_exception(error)
        if self.as_json:
            self._result(
                status="error",
                error={"message": error.message, "hint": error.hint},
                exit_code=error.exit_code,
            )
        self._say(f"error: {error.message}")
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
        for step in project.skipped:
            print(f"\nSkipped: {step.step}, because {step.reason}\n  later: {step.command}")
        if project.check:
            print("\nCheck")
            for name, result in project.check.steps.items():
                print(f"  {name:<8}  {result}")
            if project.check.log:
                self._say(f"\n{project.check.log}\n")
        print("\nNext")
        for line in project.next:
            print(f"  {line}")
        print(f"\nThe same again\n  {plan.command}")

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
