"""An error says what happened, what to do, and how the program ends."""

import errno
from pathlib import Path

import pytest

from scaffold.errors import (
    Conflicts,
    Interrupted,
    InvalidAnswer,
    ScaffoldError,
    UsageError,
    explained,
    system_error,
    worst_exit_code,
)


@pytest.mark.parametrize(
    ("kind", "code"), [(ScaffoldError, 1), (UsageError, 2), (Conflicts, 3), (Interrupted, 130)]
)
def test_each_kind_of_error_has_its_exit_code(kind: type[ScaffoldError], code: int) -> None:
    assert kind("it failed").exit_code == code


def test_an_error_has_a_message_and_perhaps_a_hint() -> None:
    assert ScaffoldError("it failed").hint == ""
    error = ScaffoldError("it failed", "try again")
    assert (str(error), error.message, error.hint) == ("it failed", "it failed", "try again")


def test_what_the_system_refuses_is_told_with_its_place() -> None:
    error = system_error(OSError(errno.ENOSPC, "No space left on device"), "/srv")
    assert error.message == "cannot use /srv: No space left on device"
    assert system_error(OSError("odd")).message == "odd"


@pytest.mark.parametrize("name", ["there", "new file"])
def test_what_belongs_to_another_user_comes_with_the_remedy(tmp_path: Path, name: str) -> None:
    (tmp_path / "there").touch()
    place = tmp_path / name
    error = system_error(PermissionError(errno.EACCES, "Permission denied", str(place)))
    assert error.message == f"cannot use {place}: Permission denied"
    assert error.hint.startswith(f"`ls -la {tmp_path}` shows whom it belongs to; ")


def test_a_refused_answer_is_wrong_usage_and_names_its_question() -> None:
    error = InvalidAnswer("workers", "At least one.")
    assert isinstance(error, UsageError)
    assert (error.question, error.message, error.exit_code) == ("workers", "At least one.", 2)


def test_any_error_is_one_that_a_person_can_read() -> None:
    own = UsageError("wrong")
    assert explained(own) is own
    full = OSError(errno.ENOSPC, "No space left on device", "/srv")
    assert explained(full).message == "cannot use /srv: No space left on device"
    fault = explained(KeyError("x"))
    assert fault.message == "this should not have happened: KeyError: 'x'"
    assert "--debug" in fault.hint
    assert isinstance(fault.__cause__, KeyError)


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 4], 4),
        ([4, 3], 3),
        ([3, 1, 0], 1),
        ([1, 2, 3], 2),
        ([2, 130], 130),
    ],
)
def test_several_results_end_as_the_worst_of_them(codes: list[int], worst: int) -> None:
    assert worst_exit_code(codes) == worst
