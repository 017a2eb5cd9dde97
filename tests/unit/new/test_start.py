"""How a new project is started follows from the facts of its template."""

import pytest

from scaffold.errors import ScaffoldError
from scaffold.new.start import Start, read_start


def test_a_template_says_how_its_projects_are_started() -> None:
    facts = {"start_commands": ["up", "run"], "start_note": "`run` serves"}
    assert read_start(facts) == Start(("up", "run"), "`run` serves")


def test_a_template_that_says_nothing_has_the_usual_command() -> None:
    assert read_start({}) == Start(("uv run poe dev",), "")


@pytest.mark.parametrize("commands", ["up", [1], {"up": "run"}])
def test_what_is_no_list_of_commands_is_an_error(commands: object) -> None:
    with pytest.raises(ScaffoldError, match="start_commands is not a list of commands"):
        read_start({"start_commands": commands})
