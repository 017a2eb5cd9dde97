"""Where the marks of a chart stand, in per cent of its width. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log, log10

from scaffold.compare.results import Figure, Metric

_WIDE = 20  # times: beyond it, the smaller values would be a speck on a linear axis
_REACH = 2  # times the medians: a whisker that goes on is cut off, not the medians squeezed
_MARGIN = 0.04


@dataclass(frozen=True)
class Mark:
    """A median and its whisker; an end that lies beyond the axis is cut off there."""

    at: float
    start: float
    end: float
    cut_start: bool
    cut_end: bool


@dataclass(frozen=True)
class Axis:
    """A stretch of values, drawn from left to right."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def at(self, value: float) -> float:
        """How far from the left a value stands; one beyond the axis stands at its edge."""
        inside = min(max(value, self.low), self.high)
        part = (
            log(inside / self.low) / log(self.high / self.low)
            if self.log
            else (inside - self.low) / (self.high - self.low)
        )
        return round(100 * part, 2)

    def mark(self, figure: Figure) -> Mark:
        """Where a figure stands."""
        return Mark(
            self.at(figure.median),
            self.at(figure.low),
            self.at(figure.high),
            figure.low < self.low,
            figure.high > self.high,
        )


def amounts(metric: Metric) -> Axis:
    """From nothing, for bars."""
    return _linear([metric.fastapi, metric.flask])


def times(metrics: Sequence[Metric]) -> Axis:
    """For the response times of one workload: of logarithms where they lie far apart."""
    figures = [figure for metric in metrics for figure in (metric.fastapi, metric.flask)]
    medians = [figure.median for figure in figures]
    return _logarithmic(figures) if max(medians) > _WIDE * min(medians) else _linear(figures)


def ratios(metrics: Sequence[Metric]) -> Axis:
    """Of logarithms with 1 in the middle, so that twice and half are equally far from it."""
    medians = max(max(ratio.median, 1 / ratio.median) for ratio in (m.ratio for m in metrics))
    whiskers = max(max(ratio.high, 1 / ratio.low) for ratio in (m.ratio for m in metrics))
    limit = max(2, min(whiskers, medians * _REACH))
    step = 2 if limit < 16 else 10 ** ceil(log10(limit) / 4)
    steps = floor(log(limit, step) + 1e-9)
    high = limit ** (1 + 2 * _MARGIN)
    return Axis(
        1 / high, high, tuple(float(step) ** power for power in range(-steps, steps + 1)), log=True
    )


def _linear(figures: Sequence[Figure]) -> Axis:
    high = _highest(figures) * (1 + _MARGIN)
    power = 10.0 ** floor(log10(high / 4))
    step = next(power * step for step in (1, 2, 5, 10) if power * step >= high / 4)
    return Axis(0, high, tuple(step * count for count in range(floor(high / step) + 1)))


def _logarithmic(figures: Sequence[Figure]) -> Axis:
    low = max(
        min(figure.low for figure in figures), min(figure.median for figure in figures) / _REACH
    )
    high = _highest(figures)
    margin = (high / low) ** _MARGIN
    low, high = low / margin, high * margin
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    fine = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    coarse = [10.0**power for power in powers[:: ceil(len(powers) / 6)]]
    inside = [tick for tick in fine if low <= tick <= high]
    if len(inside) > 6:
        inside = [tick for tick in coarse if low <= tick <= high]
    return Axis(low, high, tuple(inside), log=True)


def _highest(figures: Sequence[Figure]) -> float:
    medians = max(figure.median for figure in figures)
    return min(max(figure.high for figure in figures), medians * _REACH)
