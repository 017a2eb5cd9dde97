"""Marks stand where their values are, in per cent of the width."""

import pytest

from scaffold.compare.charts import Axis, Mark, amounts, ratios, times
from scaffold.compare.results import LATENCIES, RATE, Figure, Metric


def metric(
    fastapi: Figure, flask: Figure, ratio: Figure | None = None, name: str = "rate"
) -> Metric:
    return Metric(name, name, "", True, fastapi, flask, ratio or fastapi, 0.1, "noise")


def exact(value: float) -> Figure:
    return Figure(value, value, value)


def test_a_value_stands_in_proportion() -> None:
    axis = Axis(0, 200, ())
    assert [axis.at(value) for value in (0, 50, 200)] == [0, 25, 100]
    assert Axis(1, 100, (), log=True).at(10) == 50
    assert Axis(0.5, 2, (), log=True).at(1) == 50


def test_a_value_beyond_the_axis_stands_at_its_edge() -> None:
    axis = Axis(10, 20, ())
    assert (axis.at(5), axis.at(25)) == (0, 100)


def test_a_whisker_that_goes_on_is_cut_off() -> None:
    axis = Axis(10, 20, ())
    assert axis.mark(Figure(15, 12, 18)) == Mark(50, 20, 80, False, False)
    assert axis.mark(Figure(15, 5, 30)) == Mark(50, 0, 100, True, True)
    assert axis.mark(Figure(15, 10, 20)) == Mark(50, 0, 100, False, False)


def test_bars_start_at_nothing_and_end_beyond_the_highest() -> None:
    axis = amounts(metric(Figure(100, 90, 110), Figure(50, 45, 55)))
    assert axis.low == 0
    assert axis.high == pytest.approx(110 * 1.04)
    assert axis.ticks == (0, 50, 100)
    assert not axis.log


def test_a_whisker_far_beyond_the_medians_does_not_squeeze_them() -> None:
    axis = amounts(metric(Figure(100, 90, 900), exact(50)))
    assert axis.high == pytest.approx(200 * 1.04)


@pytest.mark.parametrize("size", [0.001, 0.7, 1, 7, 99, 12_345])
def test_ticks_of_bars_are_round_and_few(size: float) -> None:
    axis = amounts(metric(exact(size), exact(size / 2)))
    assert 2 <= len(axis.ticks) <= 5
    assert axis.ticks[0] == 0
    assert axis.ticks[-1] <= axis.high
    digits = f"{axis.ticks[1]:e}"[0]
    assert digits in "125"


def test_times_far_apart_stand_on_a_logarithmic_axis() -> None:
    near = [metric(exact(10), exact(200))]
    far = [metric(exact(10), exact(201))]
    assert not times(near).log
    axis = times(far)
    assert axis.log
    assert axis.low < 10
    assert axis.high > 201
    assert set(axis.ticks) == {10, 20, 50, 100, 200}


def test_times_very_far_apart_have_few_ticks() -> None:
    axis = times([metric(exact(0.01), exact(50_000))])
    assert 2 <= len(axis.ticks) <= 6
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)


def test_a_low_whisker_does_not_squeeze_the_medians_either() -> None:
    axis = times([metric(Figure(10, 0.001, 11), exact(1000))])
    assert axis.low > 4


def test_ratios_have_one_in_the_middle() -> None:
    axis = ratios([metric(exact(1), exact(1), Figure(3, 2.5, 3.5))])
    assert axis.log
    assert axis.at(1) == 50
    assert axis.at(2) + axis.at(0.5) == pytest.approx(100, abs=0.02)
    assert axis.ticks == (0.5, 1, 2)
    assert axis.high > 3.5


def test_ratios_close_to_one_still_show_twice_and_half() -> None:
    axis = ratios([metric(exact(1), exact(1), Figure(1.1, 1, 1.2))])
    assert axis.ticks == (0.5, 1, 2)


def test_great_ratios_have_ticks_of_tens() -> None:
    axis = ratios([metric(exact(1), exact(1), exact(900))])
    assert axis.ticks == (0.01, 0.1, 1, 10, 100) or axis.ticks[-1] == 100
    assert len(axis.ticks) <= 9


def test_a_ratio_below_one_counts_as_far_as_above() -> None:
    below = ratios([metric(exact(1), exact(1), Figure(0.25, 0.2, 0.3))])
    above = ratios([metric(exact(1), exact(1), Figure(4, 1 / 0.3, 5))])
    assert below == above


def test_real_metrics_fit() -> None:
    rounds = {"fastapi": [5.0, 6.0, 7.0], "flask": [50.0, 60.0, 70.0]}
    found = [kind.metric(rounds) for kind in (RATE, *LATENCIES)]
    for axis in (amounts(found[0]), times(found[1:]), ratios(found)):
        for one in found:
            mark = axis.mark(one.ratio)
            assert 0 <= mark.start <= mark.at <= mark.end <= 100
