"""How Copier is called: on the repository that is here already, its errors told in our words."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from scaffold.errors import InvalidAnswer, ScaffoldError, UsageError
from scaffold.git.remotes import redirect_urls
from scaffold.template.copier_urls import git_url
from scaffold.template.flags import flag_of
from scaffold.template.template import Template

_INVALID = re.compile(
    r"(?:Validation error for question|Invalid choice for) '(?P<name>\w+)': (?P<reason>.*)",
    re.DOTALL,
)
_REQUIRED = re.compile(r'Question "(?P<name>\w+)" is required')


@contextmanager
def calling_copier(template: Template) -> Iterator[None]:
    """Have Copier read the repository that is here already, and leave no trace in its cache."""
    with copier_errors():
        from plumbum import local  # Copier runs git with the environment that this saw at import

        os.environ["COPIER_CACHE_DIR"] = str(template.workspace / "cache")
        redirected = redirect_urls((git_url(template.src_path),), template.repository)
        with local.env(**{**os.environ, **redirected}):
            yield


@contextmanager
def copier_errors() -> Iterator[None]:
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
    except (TemplateError, errors.UserMessageError) as error:
        raise ScaffoldError(f"cannot render the template: {_first_line(error)}") from error
    except ValueError as error:
        if match := _INVALID.match(str(error)):
            raise InvalidAnswer(match["name"], reason_of(error)) from error
        if match := _REQUIRED.match(str(error)):
            raise UsageError(
                f"{match['name']} has no default", f"give it with {flag_of(match['name'])}"
            ) from error
        raise ScaffoldError(f"cannot render the template: {_first_line(error)}") from error
    except OSError as error:
        raise ScaffoldError(f"cannot render the project: {error}") from error
    except (errors.CopierError, TypeError, KeyError, AssertionError) as error:
        raise ScaffoldError(f"cannot render the template: {_first_line(error)}") from error


def reason_of(error: Exception) -> str:
    """What a rule says of an answer that it refuses, in one line; nothing if it was no rule."""
    match = _INVALID.match(str(error))
    return " ".join(match["reason"].split()) if match else ""


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
