"""`scaffold new`: from a request to a project."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scaffold.console import Console
from scaffold.errors import Interrupted, InvalidAnswer, UsageError
from scaffold.git.environment import isolate_environment
from scaffold.git.first_commit import Surroundings, commit_all, surroundings_of
from scaffold.git.ignored import commit_exposure
from scaffold.new import staging
from scaffold.new.command import destination, reproducing_command
from scaffold.new.plan import Check, NewRequest, Plan, Project
from scaffold.new.start import Start, read_start
from scaffold.project import env_file, uv
from scaffold.project.skipped import Skipped
from scaffold.template import render, resources
from scaffold.template.answers import (
    derived_defaults,
    explain_invalid_answer,
    given_answers,
    reject_hidden,
)
from scaffold.template.flags import flag_of
from scaffold.template.open_template import open_template
from scaffold.template.questions import Answers
from scaffold.template.template import Template

Ask = Callable[[NewRequest, Template, str, Answers, Answers, Console], Answers]


def plan_project(request: NewRequest, console: Console, ask: Ask) -> Plan:
    """Everything but the writing: the project is rendered in a temporary folder."""
    target = _prepare(request)
    surroundings = surroundings_of(target.base)
    with open_template(request, console) as template:
        given, derived = _given_and_defaults(request, template, target, surroundings, console, ask)
        folder = template.workspace / "plan" / target.path.name
        answers, secrets, _ = _render(request, template, folder, given, derived, console)
        files = set(_files(folder))
        if secrets:
            files.add(env_file.NAME)
        if request.install:
            files.add("uv.lock")
        return _plan(request, template, target, answers, tuple(sorted(files)))


def create_project(request: NewRequest, console: Console, ask: Ask) -> Project:
    """Make the project, whole or not at all; then install and check it."""
    target = _prepare(request)
    surroundings = surroundings_of(target.base)
    skipped: list[Skipped] = []
    with open_template(request, console) as template:
        given, derived = _given_and_defaults(request, template, target, surroundings, console, ask)
        with staging.staging_folder(target) as stage:
            answers, secrets, start = _render(
                request, template, stage.project, given, derived, console
            )
            env_file.write(stage.project, secrets)
            _lock(request, stage.project, console, skipped)
            files = _files(stage.project)
            _commit(request, surroundings, stage, template, console)
            stage.publish()
        if secrets and commit_exposure(target.path / env_file.NAME):
            console.note(
                f"git tracks {target.path / env_file.NAME}, so its secrets would be committed: "
                f"`git rm --cached {env_file.NAME}` there keeps them out"
            )
        plan = _plan(request, template, target, answers, files)
    for note in _workflow_notes(surroundings, target, files):
        console.note(note)
    with _interruptible(plan):
        _install(request, target.path, console, skipped)
        check = _check(request, plan, skipped, console)
    return Project(
        plan=plan,
        skipped=tuple(skipped),
        next=_next(request, target.path, skipped, start),
        check=check,
        note=start.note,
    )


def _prepare(request: NewRequest) -> staging.Target:
    """Check what needs no template, and start what takes longest."""
    if request.check and not request.install:
        raise UsageError("--check needs what --no-install leaves out", "drop one of the two")
    target = staging.check_destination(request.dest)
    isolate_environment(prompts=request.interactive)
    render.preload_copier()
    return target


def _given_and_defaults(
    request: NewRequest,
    template: Template,
    target: staging.Target,
    surroundings: Surroundings,
    console: Console,
    ask: Ask,
) -> tuple[Answers, Answers]:
    """The answers that are given, and better defaults for those that are not."""
    given = given_answers(request, template.questions)
    derived = derived_defaults(template.questions, target.path.name, surroundings.identity)
    if request.yes:
        return given, derived
    if request.interactive:
        return ask(request, template, target.path.name, given, derived, console), {}
    _check_all_answered(request, template, target.path.name, given, derived)
    return given, derived


def _check_all_answered(
    request: NewRequest, template: Template, folder: str, given: Answers, derived: Answers
) -> None:
    """Without a terminal and without --yes, each question needs an answer."""
    try:
        asked = render.resolve(template, folder, given, derived).answers
    except InvalidAnswer as error:
        if error.question in given:
            raise explain_invalid_answer(error, request, given) from error
        asked = dict.fromkeys(template.questions)
    unanswered = [
        flag_of(name) for name in asked if name not in given and name != resources.QUESTION
    ]
    if unanswered:
        raise UsageError(
            f"there is no terminal to ask in, and nothing answers {', '.join(unanswered)}",
            "give these, or take the defaults with --yes",
        )


def _render(
    request: NewRequest,
    template: Template,
    folder: Path,
    given: Answers,
    derived: Answers,
    console: Console,
) -> tuple[Answers, tuple[str, ...], Start]:
    """Every answer, the settings that need a secret, and how the project is started."""
    given = resources.with_marks(given, template.questions)
    try:
        with console.busy("Writing the files"):
            rendering = render.render(template, folder, given, derived)
    except InvalidAnswer as error:
        raise explain_invalid_answer(error, request, given) from error
    reject_hidden(request, given, rendering.hidden)
    for note in (*template.notes, *rendering.warnings):
        console.note(note)
    secrets = env_file.secret_names(rendering.facts.get("secret_settings"))
    env_file.check_ignored(folder, secrets, template.workspace)
    return rendering.answers, secrets, read_start(rendering.facts)


def _plan(
    request: NewRequest,
    template: Template,
    target: staging.Target,
    answers: Answers,
    files: tuple[str, ...],
) -> Plan:
    shown = {name: value for name, value in answers.items() if not template.questions[name].secret}
    return Plan(
        path=target.path,
        src_path=template.src_path,
        version=template.version,
        answers=shown,
        files=files,
        command=reproducing_command(request, template, shown),
    )


def _files(folder: Path) -> tuple[str, ...]:
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return tuple(sorted(path.relative_to(folder).as_posix() for path in paths))


def _lock(request: NewRequest, folder: Path, console: Console, skipped: list[Skipped]) -> None:
    if not request.install:
        return
    try:
        with console.step("Locking the dependencies"):
            uv.lock(folder)
    except uv.UvError as error:
        skipped.append(error.skipped("lock", "uv lock"))


def _install(request: NewRequest, folder: Path, console: Console, skipped: list[Skipped]) -> None:
    if not request.install:
        return
    if skipped:
        skipped.append(Skipped("install", "the dependencies are not locked", "uv sync"))
        return
    try:
        with console.step("Installing the dependencies"):
            uv.install(folder)
    except uv.UvError as error:
        skipped.append(error.skipped("install", "uv sync"))


def _commit(
    request: NewRequest,
    surroundings: Surroundings,
    stage: staging.Stage,
    template: Template,
    console: Console,
) -> None:
    if not request.git:
        return
    if surroundings.in_work_tree:
        console.note("DEST is in a git repository already, so no other is made inside it")
        return
    name = stage.target.path.name
    message = f"Create {name}\n\nTemplate: {template.src_path}\nVersion: {template.version}"
    commit_all(stage.project, message, surroundings.identity)


def _workflow_notes(
    surroundings: Surroundings, target: staging.Target, files: tuple[str, ...]
) -> Iterator[str]:
    """What GitHub does not run, because the project is not at the top of its repository."""
    if not surroundings.in_work_tree:
        return
    folder = f"{surroundings.prefix}{target.path.relative_to(target.base).as_posix()}"
    for path in files:
        if path.startswith(".github/workflows/"):
            yield (
                f"GitHub runs workflows from the top of a repository only: copy {folder}/{path} to "
                f".github/workflows/{target.path.name}-{Path(path).name} there, with "
                f"`defaults: {{run: {{working-directory: {folder}}}}}` in it"
            )


def _next(
    request: NewRequest, folder: Path, skipped: list[Skipped], start: Start
) -> tuple[str, ...]:
    here = Path(request.dest) == Path()  # the folder was replaced under the shell that stands in it
    steps = [shlex.join(["cd", str(folder) if here else destination(request)])]
    if skipped or not request.install:
        steps.append(skipped[-1].command if skipped else "uv sync")
    return (*steps, *start.commands)


@contextmanager
def _interruptible(plan: Plan) -> Iterator[None]:
    """From here on the project stands, even if the user has seen enough."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(
            f"interrupted, but {plan.path} was created", "run `uv sync` there to install it"
        ) from error


def _check(
    request: NewRequest, plan: Plan, skipped: list[Skipped], console: Console
) -> Check | None:
    if not request.check:
        return None
    if skipped:
        reason = "failed: not run, because the dependencies are not installed"
        return Check(steps=dict.fromkeys(("lint", "test", "start"), reason), ready=False)
    from scaffold.new.verify import verify_project  # only here: it brings an HTTP client

    return verify_project(plan.path, plan.answers, console)
