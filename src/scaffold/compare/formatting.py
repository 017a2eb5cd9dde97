"""Figures as people read them."""

from math import floor, log10

from scaffold.compare.results import NOISE, SAME, Figure
from scaffold.frameworks import FASTAPI, FLASK

VERDICTS = {
    FASTAPI: "FastAPI ahead",
    FLASK: "Flask ahead",
    NOISE: "within the noise",
    SAME: "the same",
}


def number(value: float) -> str:
    """Three significant digits and no exponent."""
    rounded = float(f"{value:.3g}")
    decimals = max(0, 2 - floor(log10(rounded))) if rounded else 0
    return f"{rounded:,.{decimals}f}"


def quantity(figure: Figure, unit: str = "") -> str:
    """The median with its unit; what was counted, to the last digit."""
    counted = figure.low == figure.high and figure.median.is_integer()
    text = f"{figure.median:,.0f}" if counted else number(figure.median)
    return f"{text}{unit}" if unit.startswith("/") or not unit else f"{text} {unit}"


def spread(figure: Figure) -> str:
    """From low to high; nothing where the rounds did not differ."""
    if figure.low == figure.high:
        return ""
    return f"({number(figure.low)} to {number(figure.high)})"
