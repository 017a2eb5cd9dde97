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
from scaffold.project import env_file, uv
from scaffold.project.skipped import Skipped
from scaffold.template import render
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

Ask = Callable[[NewRequest, Template, str, Answers, Answers], Answers]


def plan_project(request: NewRequest, console: Console, ask: Ask) -> Plan:
    """Everything but the writing: the project is rendered where nobody sees it."""
    target = _prepare(request)
    around = surroundings_of(target.base)
    with open_template(request, console) as source:
        given, derived = _decide(request, source, target, around, ask)
        folder = source.workspace / "plan" / target.path.name
        answers, secrets = _render(request, source, folder, given, derived, console)
        files = set(_files(folder))
        if secrets:
            files.add(env_file.NAME)
        if request.install:
            files.add("uv.lock")
        return _plan(request, source, target, answers, tuple(sorted(files)))


def create_project(request: NewRequest, console: Console, ask: Ask) -> Project:
    """Make the project, whole or not at all; then install and check it."""
    target = _prepare(request)
    around = surroundings_of(target.base)
    skipped: list[Skipped] = []
    with open_template(request, console) as source:
        given, derived = _decide(request, source, target, around, ask)
        with staging.staged(target) as stage:
            answers, secrets = _render(request, source, stage.project, given, derived, console)
            env_file.write(stage.project, secrets)
            _lock(request, stage.project, console, skipped)
            files = _files(stage.project)
            _commit(request, around, stage, source, console)
            stage.publish()
        if secrets and commit_exposure(target.path / env_file.NAME):
            console.note(
                f"git tracks {target.path / env_file.NAME}, so its secrets would be committed: "
                f"`git rm --cached {env_file.NAME}` there keeps them out"
            )
        made = _plan(request, source, target, answers, files)
    for note in _unseen_workflows(around, target, files):
        console.note(note)
    with _interruptible(made):
        _install(request, target.path, console, skipped)
        check = _check(request, made, skipped, console)
    return Project(
        plan=made,
        skipped=tuple(skipped),
        next=_next(request, target.path, skipped),
        check=check,
    )


def _prepare(request: NewRequest) -> staging.Target:
    """Refuse what needs no template to be refused, and start what takes longest."""
    if request.check and not request.install:
        raise UsageError("--check needs what --no-install leaves out", "drop one of the two")
    target = staging.target(request.dest)
    isolate_environment(prompts=request.interactive)
    render.preload_copier()
    return target


def _decide(
    request: NewRequest,
    source: Template,
    target: staging.Target,
    around: Surroundings,
    ask: Ask,
) -> tuple[Answers, Answers]:
    """The answers that are given, and better defaults for those that are not."""
    given = given_answers(request, source.questions)
    derived = derived_defaults(source.questions, target.path.name, around.identity)
    if request.yes:
        return given, derived
    if request.interactive:
        return ask(request, source, target.path.name, given, derived), {}
    _refuse_open_questions(request, source, target.path.name, given, derived)
    return given, derived


def _refuse_open_questions(
    request: NewRequest, source: Template, folder: str, given: Answers, derived: Answers
) -> None:
    """Nobody can be asked, and nobody said that the defaults will do."""
    try:
        asked = render.resolve(source, folder, given, derived).answers
    except InvalidAnswer as error:
        if error.question in given:
            raise explain_invalid_answer(error, request, given) from error
        asked = dict.fromkeys(source.questions)
    unanswered = [flag_of(name) for name in asked if name not in given]
    if unanswered:
        raise UsageError(
            f"there is no terminal to ask in, and nothing answers {', '.join(unanswered)}",
            "give these, or take the defaults with --yes",
        )


def _render(
    request: NewRequest,
    source: Template,
    folder: Path,
    given: Answers,
    derived: Answers,
    console: Console,
) -> tuple[Answers, tuple[str, ...]]:
    """Every answer, and the settings that need a secret."""
    try:
        rendering = render.render(source, folder, given, derived)
    except InvalidAnswer as error:
        raise explain_invalid_answer(error, request, given) from error
    reject_hidden(request, given, rendering.hidden)
    for note in (*source.notes, *rendering.warnings):
        console.note(note)
    secrets = env_file.settings(rendering.secret_settings)
    env_file.check(folder, secrets, source.workspace)
    return rendering.answers, secrets


def _plan(
    request: NewRequest,
    source: Template,
    target: staging.Target,
    answers: Answers,
    files: tuple[str, ...],
) -> Plan:
    told = {name: value for name, value in answers.items() if not source.questions[name].secret}
    return Plan(
        path=target.path,
        src_path=source.src_path,
        version=source.version,
        answers=told,
        files=files,
        command=reproducing_command(request, source, told),
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
    around: Surroundings,
    stage: staging.Stage,
    source: Template,
    console: Console,
) -> None:
    if not request.git:
        return
    if around.in_work_tree:
        console.note("DEST is in a git repository already, so no other is made inside it")
        return
    name = stage.target.path.name
    message = f"Create {name}\n\nTemplate: {source.src_path}\nVersion: {source.version}"
    commit_all(stage.project, message, around.identity)


def _unseen_workflows(
    around: Surroundings, target: staging.Target, files: tuple[str, ...]
) -> Iterator[str]:
    """What GitHub does not run, because the project is not at the top of its repository."""
    if not around.in_work_tree:
        return
    folder = f"{around.prefix}{target.path.relative_to(target.base).as_posix()}"
    for path in files:
        if path.startswith(".github/workflows/"):
            yield (
                f"GitHub runs workflows from the top of a repository only: copy {folder}/{path} to "
                f".github/workflows/{target.path.name}-{Path(path).name} there, with "
                f"`defaults: {{run: {{working-directory: {folder}}}}}` in it"
            )


def _next(request: NewRequest, folder: Path, skipped: list[Skipped]) -> tuple[str, ...]:
    here = Path(request.dest) == Path()  # the folder was replaced under the shell that stands in it
    steps = [shlex.join(["cd", str(folder) if here else destination(request)])]
    if skipped or not request.install:
        steps.append(skipped[-1].command if skipped else "uv sync")
    return (*steps, "uv run poe dev")


@contextmanager
def _interruptible(made: Plan) -> Iterator[None]:
    """From here on the project stands, even if the user has seen enough."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(
            f"interrupted, but {made.path} was created", "run `uv sync` there to install it"
        ) from error


def _check(
    request: NewRequest, made: Plan, skipped: list[Skipped], console: Console
) -> Check | None:
    if not request.check:
        return None
    if skipped:
        reason = "failed: not run, because the dependencies are not installed"
        return Check(steps=dict.fromkeys(("lint", "test", "start"), reason), ready=False)
    from scaffold.new.verify import verify_project  # only here: it brings an HTTP client

    return verify_project(made.path, made.answers, console)
