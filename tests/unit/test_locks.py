"""A lock ends with the processes that hold it, however these end."""

import errno
import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError
from scaffold.locks import locked


def test_a_lock_is_held_by_one_until_it_is_done(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with locked(file) as alone:
        assert alone
        with locked(file, wait=False) as other:
            assert not other
    with locked(file, wait=False) as alone:
        assert alone


HOLDER = """
import subprocess, sys
from pathlib import Path
from scaffold.locks import locked
with locked(Path(sys.argv[1])):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=0, close_fds=False)
    print(child.pid, flush=True)
    child.wait()
"""


def test_a_killed_process_lets_go_once_those_that_it_started_are_done(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    holder = subprocess.Popen(  # noqa: S603 - the test's own text
        [sys.executable, "-c", HOLDER, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin
    assert holder.stdout
    holder.stdout.readline()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with locked(file, wait=False) as alone:
        assert not alone, "its child still works"
    holder.stdin.close()
    with locked(file) as alone:
        assert alone
    holder.stdout.close()


@pytest.mark.parametrize("name", ["ENOSYS", "ENOTSUP", "EOPNOTSUPP", "ENOLCK"])
def test_where_nothing_can_be_locked_the_work_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    answers(monkeypatch, getattr(errno, name))
    with locked(tmp_path / "lock") as alone:
        assert not alone


def test_a_lock_that_fails_otherwise_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, errno.EIO)
    with (
        pytest.raises(ScaffoldError, match=r"cannot lock .*lock: broken"),
        locked(tmp_path / "lock"),
    ):
        pass


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with (
        pytest.raises(ScaffoldError, match=r"cannot use .*gone/lock: No such file"),
        locked(tmp_path / "gone" / "lock"),
    ):
        pass


def answers(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Have the system answer every wish for a lock with this error."""

    def flock(*_: object) -> None:
        raise OSError(number, "broken")

    monkeypatch.setattr(fcntl, "flock", flock)
