"""A signal that comes meanwhile waits for the end of the block."""

import signal
from collections.abc import Iterator

import pytest

from scaffold.deferred_signals import deferred_signals, noted_signals

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def came() -> Iterator[list[int]]:
    """The signals that reached this process, which they would end otherwise."""
    seen: list[int] = []
    before = {number: signal.getsignal(number) for number in ENDING}
    for number in ENDING:
        signal.signal(number, lambda number, _frame: seen.append(number))
    yield seen
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_signal_is_heard_once_the_block_ended(came: list[int]) -> None:
    with deferred_signals():
        for number in ENDING:
            signal.raise_signal(number)
        assert came == []
    assert came == list(ENDING)


def test_without_a_signal_nothing_happens(came: list[int]) -> None:
    with deferred_signals():
        pass
    assert came == []


def test_the_block_may_fail_and_the_signal_is_heard_all_the_same(came: list[int]) -> None:
    with pytest.raises(OSError, match="full"), deferred_signals():  # noqa: PT012
        signal.raise_signal(signal.SIGTERM)
        raise OSError("full")
    assert came == [signal.SIGTERM]
    signal.raise_signal(signal.SIGTERM)
    assert came == [signal.SIGTERM] * 2


def test_ctrl_c_is_the_interrupt_it_always_was(came: list[int]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ended = False
    with pytest.raises(KeyboardInterrupt), deferred_signals():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        ended = True
    assert ended


def test_a_signal_that_is_ignored_stays_ignored(came: list[int]) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with deferred_signals():
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        signal.raise_signal(signal.SIGHUP)
    assert came == []
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_signal_that_is_noted_does_what_it_does_anyway(came: list[int]) -> None:
    with noted_signals() as noted:
        signal.raise_signal(signal.SIGTERM)
        assert came == noted == [signal.SIGTERM]
    signal.raise_signal(signal.SIGTERM)
    assert (noted, came) == ([signal.SIGTERM], [signal.SIGTERM] * 2)


def test_an_interrupt_that_somebody_caught_is_noted(came: list[int]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with noted_signals() as noted:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert noted == [signal.SIGINT]


def test_a_signal_that_was_held_back_is_noted_once_it_is_heard(came: list[int]) -> None:
    with noted_signals() as noted:
        with deferred_signals():
            signal.raise_signal(signal.SIGTERM)
            assert noted == []
        assert came == noted == [signal.SIGTERM]
