"""No verdict rests on what the noise can make."""

import random
from collections.abc import Sequence

import pytest

from scaffold.compare.noise import LEAST, Noise, moved, of_rounds, turns
from scaffold.compare.results import LATENCIES, NOISE, RATE, MetricKind


def noise(fastapi: Sequence[float], flask: Sequence[float], others: float = 0) -> float:
    return of_rounds({"fastapi": fastapi, "flask": flask}, others)


def test_the_last_service_of_a_round_is_the_first_of_the_next() -> None:
    for number in range(9):
        assert set(turns(number)) == {"fastapi", "flask"}
        assert turns(number)[-1] == turns(number + 1)[0]


def test_a_step_is_the_same_up_and_down() -> None:
    assert moved([100, 150, 100]) == [0.5, 0.5]
    assert moved([7]) == []


def test_the_noise_is_the_longest_step_of_a_service_that_is_measured_twice_in_a_row() -> None:
    assert noise([100, 100, 120, 120], [100, 100, 100, 100]) == pytest.approx(0.2)
    assert noise([100, 100, 100, 100], [100, 130, 130, 130]) == pytest.approx(0.3)
    assert (
        noise([100, 120, 120, 300], [100, 100, 250, 250]) == LEAST
    )  # the other service was between


def test_noise_is_never_less_than_a_machine_changes_by_itself() -> None:
    assert noise([100, 100], [100, 100]) == noise([100], [90]) == LEAST


def test_a_round_without_an_answer_says_nothing_of_the_noise() -> None:
    assert noise([100, 100, 100], [100, 0, 100]) == LEAST


@pytest.mark.parametrize(("others", "expected"), [(0.02, LEAST), (0.5, 1), (0.75, 3), (1, 99)])
def test_others_may_have_cost_a_service_their_share_of_the_time(
    others: float, expected: float
) -> None:
    assert noise([100] * 7, [100] * 7, others) == pytest.approx(expected)


# What a busy machine once made of two services that are level when it is quiet.
STARVED = {"fastapi": [610, 590, 640, 600, 620, 580, 615], "flask": [2570] * 7}


def test_a_lead_of_four_times_is_none_where_others_had_the_cpu() -> None:
    assert RATE.metric(STARVED).verdict == "flask"
    metric = RATE.metric(STARVED, others=0.78)
    assert metric.verdict == NOISE
    assert metric.noise > 1 / metric.ratio.median - 1


@pytest.mark.parametrize("kind", LATENCIES[1:], ids=lambda kind: kind.name)
def test_who_waits_for_a_busy_cpu_is_no_matter_of_the_framework(kind: MetricKind) -> None:
    waited = {"fastapi": [560.0] * 7, "flask": [61.0] * 7}
    assert kind.metric(waited, others=0.1).verdict == "flask"
    assert kind.metric(waited, others=0.11).verdict == NOISE


@pytest.mark.parametrize(
    ("fastapi", "flask", "verdict"),
    [
        ([200, 210, 190, 205, 195, 200, 200], [100, 104, 98, 100, 101, 99, 100], "fastapi"),
        ([200, 210, 190, 205, 195, 200, 200], [100, 40, 98, 100, 101, 99, 100], NOISE),  # 2.5 times
        ([320, 330, 310, 325, 315, 320, 320], [100, 40, 98, 100, 101, 99, 100], "fastapi"),
        ([110, 112, 111, 109, 110, 110, 111], [100] * 7, "fastapi"),
        ([104] * 7, [100] * 7, NOISE),
    ],
)
def test_a_lead_counts_beyond_what_a_service_moves_by_itself(
    fastapi: Sequence[float], flask: Sequence[float], verdict: str
) -> None:
    assert RATE.metric({"fastapi": fastapi, "flask": flask}).verdict == verdict


def test_a_ratio_that_is_called_level_lies_within_the_noise() -> None:
    metric = RATE.metric({"fastapi": [150, 150, 99], "flask": [100, 100, 100]})
    assert metric.verdict == NOISE
    assert metric.ratio.median - 1 <= metric.noise


@pytest.mark.parametrize("spread", [0.03, 0.3])
def test_two_services_that_are_the_same_are_level(spread: float) -> None:
    """Of a thousand figures chance has one ahead in less than one."""
    chance = random.Random(108)  # noqa: S311 - figures, not secrets

    def rounds() -> list[float]:
        return [100 * chance.lognormvariate(0, spread) for _ in range(7)]

    found = [RATE.metric({"fastapi": rounds(), "flask": rounds()}).verdict for _ in range(1000)]
    assert found.count(NOISE) >= 997


@pytest.mark.parametrize(
    ("itself", "others", "low"), [(0.1, 0.1, True), (0.11, 0, False), (0, 0.11, False)]
)
def test_a_machine_is_quiet_where_both_are_low(itself: float, others: float, low: bool) -> None:
    assert Noise(itself, others).is_low is low


def test_noise_is_said_in_words() -> None:
    assert str(Noise(0.344, 0.62)) == (
        "the same service differs from itself by ±34 %, and other programs take 62 % of its CPU"
    )
