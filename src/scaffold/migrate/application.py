"""The application that is mounted: `module:app`, or a call of what creates it. No I/O."""

import ast
import re
from dataclasses import dataclass

from scaffold.errors import UsageError
from scaffold.migrate.modules import NEW, OLD


@dataclass(frozen=True)
class Application:
    """Where a Flask application is, as a server would be told."""

    module: str
    call: str  # app, or create_app("production")

    def __str__(self) -> str:
        return f"{self.module}:{self.call}"

    @property
    def name(self) -> str:
        """What is imported from the module."""
        return self.call.partition("(")[0]

    @property
    def moved(self) -> "Application":
        """The same once `app` is called `flask_app`, because the new application is called so."""
        front, dot, rest = self.module.partition(".")
        return Application(f"{NEW}{dot}{rest}", self.call) if front == OLD else self


def parse_application(text: str) -> Application:
    """Read what `--mount` says."""
    module, _, call = text.partition(":")
    if re.fullmatch(r"\w+(\.\w+)*", module) and _is_name_or_call(call):
        return Application(module, call)
    raise UsageError(
        f"--mount {text!r} is not MODULE:NAME",
        "such as --mount shop:app, or --mount 'shop:create_app()' where it is created by a call",
    )


def _is_name_or_call(text: str) -> bool:
    try:
        match ast.parse(text, mode="eval").body:
            case ast.Name():
                return True
            case ast.Call(func=ast.Name(), args=args, keywords=keywords):
                for value in (*args, *(keyword.value for keyword in keywords)):
                    ast.literal_eval(value)
                return True
    except (SyntaxError, ValueError):
        pass
    return False
