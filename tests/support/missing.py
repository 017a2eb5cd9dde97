"""What this machine lacks for a test."""

import os
from typing import NoReturn

import pytest


def give_up(reason: str) -> NoReturn:
    """Skip on a laptop; fail where everything was promised, as in CI."""
    if os.environ.get("SCAFFOLD_REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
