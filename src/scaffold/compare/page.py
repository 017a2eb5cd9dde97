"""The page of a comparison: one file of HTML that needs no network and no script."""

from collections.abc import Iterable, Sequence
from math import comb
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scaffold.compare import charts
from scaffold.compare.formatting import number, quantity, share, spread, verdict
from scaffold.compare.results import NOISE, RATE, SAME, Comparison, Figure, Metric, WorkloadResult
from scaffold.compare.title import circumstances, joined, title
from scaffold.frameworks import FASTAPI, FLASK, NAMES


def page(comparison: Comparison) -> str:
    """The whole page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "failures": _failures,
        "number": _number,
        "quantity": _quantity,
        "rate": _rate,
        "share": _share,
        "spread": _spread,
        "tick": _tick,
        "times": _times,
        "verdict": verdict,
    }
    return environment.get_template("page.html.jinja").render(
        comparison=comparison,
        title=title(comparison),
        circumstances=circumstances(comparison),
        findings=_findings(comparison),
        charts=charts,
        frameworks=NAMES,
        again=_repeat_probability(comparison.method.rounds),
    )


def _findings(comparison: Comparison) -> str:
    """What stands out, in words; which framework is better is not for a page to say."""
    measured = [workload for workload in comparison.workloads if workload.metrics]
    sentences = [
        *_more_requests(measured),
        *_slower_responses(measured),
        *_of_the_services(comparison.service),
    ]
    if sentences:
        sentences.append("What counts depends on what the service will do.")
    return " ".join(sentences)


def _more_requests(workloads: Sequence[WorkloadResult]) -> Iterable[str]:
    by_lead = sorted(workloads, key=lambda workload: -_lead(_rate(workload)))
    for framework, name in NAMES.items():
        ahead = [workload for workload in by_lead if _rate(workload).verdict == framework]
        if ahead:
            leads = [_lead_in_words(workload, first=workload is ahead[0]) for workload in ahead]
            yield f"{name} answers more requests per second in {joined(leads)}."
    level = [
        f"{workload.title} ({_share(_rate(workload).noise)})"
        for workload in workloads
        if _rate(workload).verdict == NOISE
    ]
    if level:
        yield (
            f"In {joined(level)} the two are level: the difference in requests per second is within "
            "the noise, and another run may find the other one ahead."
        )


def _lead_in_words(workload: WorkloadResult, *, first: bool) -> str:
    lead = f"{_number(_lead(_rate(workload)))}{' times as many' if first else ''}"
    failed = ", with failed requests" if _failures(workload) else ""
    return f"{workload.title} ({lead}{failed})"


def _slower_responses(workloads: Sequence[WorkloadResult]) -> Iterable[str]:
    """Where the one that answers more takes longer to."""
    found = []
    for workload in workloads:
        rate = _rate(workload)
        other = {FASTAPI: FLASK, FLASK: FASTAPI}.get(rate.verdict)
        ahead = [metric.title for metric in workload.metrics if metric.verdict == other]
        if other and ahead:
            found.append(f"in {workload.title} {NAMES[other]} is ahead in {joined(ahead)}")
    if found:
        yield f"More requests do not always mean sooner responses: {'; '.join(found)}."


def _of_the_services(service: Sequence[Metric]) -> Iterable[str]:
    def titles(verdict: str) -> str:
        return joined([metric.title for metric in service if metric.verdict == verdict])

    parts = [f"{NAMES[name]} is ahead in {titles(name)}" for name in NAMES if titles(name)]
    if titles(NOISE):
        parts.append(f"the difference in {titles(NOISE)} is within the noise")
    if titles(SAME):
        parts.append(f"the two are equal in {titles(SAME)}")
    if parts:
        yield f"Of the services themselves: {'; '.join(parts)}."


def _failures(workload: WorkloadResult) -> str:
    """The failed requests of both, if there are any."""
    if not any(workload.failed.values()):
        return ""
    counts = ((name, workload.failed.get(framework, 0)) for framework, name in NAMES.items())
    return ", ".join(f"{name} {_thousands(f'{count:,}')}" for name, count in counts)


def _rate(workload: WorkloadResult) -> Metric:
    return workload.metric(RATE.name)


def _times(workload: WorkloadResult) -> list[Metric]:
    return [metric for metric in workload.metrics if metric.name != RATE.name]


def _lead(metric: Metric) -> float:
    """How many times the smaller figure the greater one is."""
    return max(metric.ratio.median, 1 / metric.ratio.median)


def _thousands(text: str) -> str:
    return text.replace(",", "\u202f")  # a thin space, at which no line breaks


def _tick(value: float) -> str:
    """A value of an axis, which is a round one."""
    return _thousands(f"{value:,.10f}".rstrip("0").rstrip("."))


def _number(value: float) -> str:
    return _thousands(number(value))


def _quantity(figure: Figure, unit: str = "") -> str:
    return _thousands(quantity(figure, unit)).replace(" ", "\u00a0")


def _share(noise: float) -> str:
    return _thousands(share(noise)).replace(" ", "\u00a0")


def _spread(figure: Figure) -> str:
    return _thousands(spread(figure))


def _repeat_probability(rounds: int) -> float:
    """How probably the median of as many rounds again lies between these rounds, in per cent.

    Half of the new rounds and one more would all have to rank before, or after, all of these.
    """
    most = rounds // 2 + 1
    return 100 * (1 - 2 * comb(rounds, most) / comb(2 * rounds, most))
