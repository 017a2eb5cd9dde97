"""Answers in, files out: the only module that imports Copier."""

import os
import re
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scaffold.errors import Interrupted, InvalidAnswer, ScaffoldError, UsageError
from scaffold.git.remotes import redirect_urls
from scaffold.template.copier_urls import git_url
from scaffold.template.flags import flag_of
from scaffold.template.questions import Answers
from scaffold.template.template import Template

_INVALID = re.compile(
    r"(?:Validation error for question|Invalid choice for) '(?P<name>\w+)': (?P<reason>.*)",
    re.DOTALL,
)
_REQUIRED = re.compile(r'Question "(?P<name>\w+)" is required')


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
    return _copy(template, destination, given, defaults, pretend=False, ask=None)


def resolve(template: Template, folder: str, given: Answers, defaults: Answers) -> Rendering:
    """Answer what was not given by the defaults; write nothing."""
    nowhere = template.workspace / folder
    return _copy(template, nowhere, given, defaults, pretend=True, ask=None)


def interview(
    template: Template, folder: str, given: Answers, defaults: Answers, again: Sequence[str] = ()
) -> Rendering:
    """Let Copier ask in the terminal what was not given, and `again` what was; write nothing."""
    nowhere = template.workspace / folder
    return _copy(template, nowhere, given, defaults, pretend=True, ask=again)


def _copy(
    template: Template,
    destination: Path,
    given: Answers,
    defaults: Answers,
    *,
    pretend: bool,
    ask: Sequence[str] | None,
) -> Rendering:
    with warnings.catch_warnings(record=True) as caught, _errors(), _environment(template):
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
            defaults=ask is None,
            ask=ask or (),
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


@contextmanager
def _environment(template: Template) -> Iterator[None]:
    """Have Copier read the repository that is here already, and leave no trace in its cache."""
    from plumbum import local  # Copier runs git through it, with the environment it saw at import

    os.environ["COPIER_CACHE_DIR"] = str(template.workspace / "cache")
    redirected = redirect_urls((git_url(template.src_path),), template.repository)
    with local.env(**{**os.environ, **redirected}):
        yield


@contextmanager
def _errors() -> Iterator[None]:
    """Say what Copier raised in terms of the command line."""
    from copier import errors
    from jinja2 import TemplateError
    from plumbum import ProcessExecutionError

    try:
        yield
    except errors.UnsafeTemplateError as error:
        features = str(error).partition(":")[2].partition(".")[0].strip()
        raise ScaffoldError(
            f"the template wants to run code of its own ({features}), which scaffold never allows",
            "if you trust it, use `copier copy --trust`",
        ) from error
    except ProcessExecutionError as error:
        lines = str(error.stderr).strip().splitlines() or ["git failed"]
        fatal = [line for line in lines if line.startswith("fatal:")]
        raise ScaffoldError(f"cannot read the template: {(fatal or lines)[0]}") from error
    except errors.InteractiveSessionError as error:
        raise Interrupted("the input ended; nothing was created") from error
    except (TemplateError, errors.UserMessageError) as error:
        raise ScaffoldError(f"cannot render the template: {_first_line(error)}") from error
    except ValueError as error:
        if match := _INVALID.match(str(error)):
            reason = " ".join(match["reason"].split())
            raise InvalidAnswer(match["name"], reason) from error
        if match := _REQUIRED.match(str(error)):
            raise UsageError(
                f"{match['name']} has no default", f"give it with {flag_of(match['name'])}"
            ) from error
        raise ScaffoldError(f"cannot render the template: {_first_line(error)}") from error
    except OSError as error:
        raise ScaffoldError(f"cannot render the project: {error}") from error
    except (errors.CopierError, TypeError, KeyError, AssertionError) as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise ScaffoldError(f"cannot render the template: {_first_line(error)}") from error


def _do_nothing(*_: object) -> None:
    pass


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
