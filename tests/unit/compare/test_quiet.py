"""On a busy machine the user is asked, and may wait until it is quiet."""

import time
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from scaffold.compare.noise import Noise
from scaffold.compare.quiet import await_quiet
from scaffold.console import Console

BUSY, QUIET = Noise(0.4, 0.6), Noise(0.02, 0.01)


def measured(*found: Noise) -> Callable[[], Noise]:
    """The noise of one measurement after the other."""
    left = iter(found)
    return lambda: next(left)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited each time."""
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def test_nobody_is_asked_where_it_is_quiet(pauses: list[float], console: Console) -> None:
    def ask(_: Noise) -> bool:
        raise AssertionError

    assert await_quiet(measured(QUIET), console, ask) == QUIET
    assert (pauses, console.notes) == ([], [])


def test_who_measures_now_is_told_what_the_noise_does(
    pauses: list[float], console: Console
) -> None:
    assert await_quiet(measured(BUSY), console, lambda _: False) == BUSY
    assert pauses == []
    assert console.notes == [
        f"the machine is busy: {BUSY}; smaller differences will be called level"
    ]


def test_who_waits_goes_on_as_soon_as_it_is_quiet(pauses: list[float], console: Console) -> None:
    asked: list[Noise] = []

    def wait(noise: Noise) -> bool:
        asked.append(noise)
        return True

    assert await_quiet(measured(BUSY, BUSY, QUIET), console, wait) == QUIET
    assert asked == [BUSY]
    assert len(pauses) == 2
    assert console.notes == []


def test_who_waits_sees_how_it_stands(
    pauses: list[float], console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(console, "watch", lambda _: nullcontext(shown.append))
    await_quiet(measured(BUSY, Noise(0.2, 0.1), QUIET), console, lambda _: True)
    assert shown == [
        "±40 %, others 60 %; under 10 % it goes on, Ctrl-C ends",
        "±20 %, others 10 %; under 10 % it goes on, Ctrl-C ends",
    ]


def test_who_has_waited_long_enough_interrupts(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        await_quiet(measured(BUSY), console, lambda _: True)
