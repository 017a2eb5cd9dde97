"""Figures as people read them."""

from math import floor, log10

from scaffold.compare.results import NOISE, SAME, Figure, Metric
from scaffold.frameworks import NAMES


def verdict(metric: Metric) -> str:
    """Who is ahead, or within what the two are level."""
    if metric.verdict == NOISE:
        return f"level, within {share(metric.noise)}"
    return "the same" if metric.verdict == SAME else f"{NAMES[metric.verdict]} ahead"


def share(noise: float) -> str:
    """How far a figure moves by itself."""
    return f"±{100 * noise:,.0f} %"


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
