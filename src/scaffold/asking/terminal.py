"""Shows a question in the way that this terminal can."""

import sys
from contextlib import redirect_stdout
from typing import Any

from scaffold.asking.forms import Form
from scaffold.errors import Interrupted


def show(form: Form) -> Any:
    """Ask on stderr, since questions are no part of the result."""
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.utils import is_dumb_terminal

    if is_dumb_terminal():
        from scaffold.asking.lines import show as shown
    else:
        from scaffold.asking.screen import show as shown
    try:
        with redirect_stdout(sys.stderr), create_app_session():
            return shown(form)
    except EOFError as error:
        raise Interrupted("the input ended; nothing was created") from error
