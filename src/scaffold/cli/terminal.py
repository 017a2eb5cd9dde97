"""What the terminal of this run can do."""

import os
import sys


def is_interactive() -> bool:
    """Whether questions can be shown and answered."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def wants_colour() -> bool:
    """Whether stdout is a terminal whose user has not asked for plain text."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
