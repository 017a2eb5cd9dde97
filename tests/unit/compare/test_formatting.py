"""Figures are written as people read them."""

import pytest

from scaffold.compare.formatting import number, quantity, share, spread, verdict
from scaffold.compare.results import RATE, Figure
from tests.unit.compare.test_results import LINES


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1.00"),
        (0.9999, "1.00"),
        (9.996, "10.0"),
        (12.34, "12.3"),
        (99.96, "100"),
        (123.6, "124"),
        (1234.5, "1,230"),
        (1_234_567, "1,230,000"),
        (0.01234, "0.0123"),
        (0.000012345, "0.0000123"),
    ],
)
def test_a_number_has_three_significant_digits_and_no_exponent(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("figure", "unit", "text"),
    [
        (Figure(1234.0, 1234.0, 1234.0), "", "1,234"),
        (Figure(12.5, 12.5, 12.5), "", "12.5"),
        (Figure(1234.0, 1200.0, 1300.0), "/s", "1,230/s"),
        (Figure(12.34, 12.0, 13.0), "ms", "12.3 ms"),
    ],
)
def test_a_quantity_has_its_unit_and_a_count_every_digit(
    figure: Figure, unit: str, text: str
) -> None:
    assert quantity(figure, unit) == text


def test_a_spread_is_from_low_to_high_and_nothing_for_a_count() -> None:
    assert spread(Figure(2, 1, 3)) == "(1.00 to 3.00)"
    assert spread(Figure(2, 2, 2)) == ""


def test_every_verdict_has_words_and_what_is_level_its_noise() -> None:
    def words(fastapi: float, flask: float) -> str:
        return verdict(RATE.metric({"fastapi": [fastapi], "flask": [flask]}))

    assert words(200, 100) == "FastAPI ahead"
    assert words(100, 200) == "Flask ahead"
    assert words(101, 100) == "level, within ±5 %"
    assert verdict(LINES.metric({"fastapi": [7], "flask": [7]})) == "the same"


@pytest.mark.parametrize(("noise", "text"), [(0.05, "±5 %"), (0.126, "±13 %"), (12.5, "±1,250 %")])
def test_noise_is_a_share_to_either_side(noise: float, text: str) -> None:
    assert share(noise) == text
