"""Answers in, files out: Copier renders a template."""

import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

from scaffold.template.calling_copier import calling_copier
from scaffold.template.questions import Answers
from scaffold.template.template import Template


@dataclass(frozen=True)
class Rendering:
    """What Copier made of the answers."""

    answers: Answers
    hidden: frozenset[str]  # questions whose condition is false
    warnings: tuple[str, ...]
    facts: Answers  # what follows from the answers, by the names of hidden questions
    generate_once: frozenset[str]  # the paths written that later updates leave alone


def preload_copier() -> None:
    """Import Copier beside the git calls that come first: it takes longer than all of them."""

    def load() -> None:
        import copier  # noqa: F401

    # No daemon: a program that ends while another thread imports extension modules may crash.
    threading.Thread(target=load).start()


def render(template: Template, destination: Path, given: Answers, defaults: Answers) -> Rendering:
    """Write a project; what was not given takes a default."""
    return _copy(template, destination, given, defaults, pretend=False)


def resolve(template: Template, folder: str, given: Answers, defaults: Answers) -> Rendering:
    """Answer what was not given by the defaults; write nothing."""
    nowhere = template.workspace / folder
    return _copy(template, nowhere, given, defaults, pretend=True)


def _copy(
    template: Template,
    destination: Path,
    given: Answers,
    defaults: Answers,
    *,
    pretend: bool,
) -> Rendering:
    with warnings.catch_warnings(record=True) as caught, calling_copier(template):
        from copier import Settings, run_copy
        from copier._main import Worker
        from copier.errors import CopierWarning

        # Copier asks git after each file whether an index should know its mode. Nothing in the stage
        # is tracked yet, so there is nothing to do, and asking took a third of the time.
        Worker._sync_git_index_executable_bit = _do_nothing  # type: ignore[assignment]

        warnings.simplefilter("always")
        worker = run_copy(
            template.src_path,
            destination,
            data=dict(given),
            user_defaults=dict(defaults),
            vcs_ref=template.commit,
            settings=Settings(),
            defaults=True,
            pretend=pretend,
            quiet=True,
        )
    written = () if pretend else (path for path in destination.rglob("*") if not path.is_dir())
    paths = (path.relative_to(destination) for path in written)
    hidden = frozenset(worker.answers.hidden)
    user = worker.answers.user
    return Rendering(
        answers={name: user[name] for name in template.questions if name in user.keys() - hidden},
        hidden=hidden,
        warnings=tuple(str(w.message) for w in caught if issubclass(w.category, CopierWarning)),
        facts={name: user[name] for name in user.keys() & hidden},
        generate_once=frozenset(path.as_posix() for path in paths if worker.match_skip(path)),
    )


def _do_nothing(*_: object) -> None:
    pass
