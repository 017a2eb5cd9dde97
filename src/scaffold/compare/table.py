"""A comparison in a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from scaffold.compare.formatting import number, quantity, spread, verdict
from scaffold.compare.results import Comparison, Figure, Metric
from scaffold.compare.title import circumstances, title
from scaffold.frameworks import FASTAPI, FLASK, NAMES

_STYLES = {FASTAPI: "bold", FLASK: "bold"}


def tables(comparison: Comparison) -> Iterator[RenderableType]:
    """What was compared, a row for each metric, and how it was measured."""
    yield Text(title(comparison), "bold")
    yield Text(circumstances(comparison), "dim")
    for workload in comparison.workloads:
        yield Text.assemble("\n", (workload.title, "bold"), "  ", (workload.request, "dim"))
        for framework, failed in workload.failed.items():
            if failed:
                yield Text(f"  {failed:,} requests of {NAMES[framework]} failed", "bold red")
        if workload in comparison.disturbed:
            yield Text(
                f"  other programs took {100 * workload.others:.0f} % of the service's CPU", "red"
            )
        if workload.unmeasured:
            left_out = "not all rounds count" if workload.metrics else "not compared"
            yield Text(f"  {left_out}: {workload.unmeasured}", "bold red")
        if workload.metrics:
            yield _table(workload.metrics)
    if comparison.service:
        yield Text("\nThe services", "bold")
        yield _table(comparison.service)
    yield Text(f"\n{_method(comparison)}")


def _table(metrics: Sequence[Metric]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("", min_width=21)
    for name in NAMES.values():
        table.add_column(name, min_width=24)
    table.add_column("FastAPI : Flask")
    for metric in metrics:
        words = f"{number(metric.ratio.median)} {verdict(metric)}"
        figures = (_cell(figure, metric.unit) for figure in (metric.fastapi, metric.flask))
        ratio = Text(words, _STYLES.get(metric.verdict, "dim"))
        table.add_row(f"  {metric.title}", *figures, ratio)
    return table


def _cell(figure: Figure, unit: str) -> str:
    return f"{quantity(figure, unit)} {spread(figure)}".rstrip()


def _method(comparison: Comparison) -> str:
    method = comparison.method
    where = "on a CPU of its own" if method.pinned else "on the CPUs that the load used too"
    return (
        f"Medians of {method.rounds} rounds of {method.seconds:g} s with {method.clients} clients, "
        f"one worker {where}; in brackets, the lowest and the highest, or 5 % to either side.\n"
        "Ahead: better in every round, and by more than the same service ever differed from "
        "itself.\n"
        f"Noise before the first round: {comparison.noise}.\n"
        f"Load by {method.generator}"
    )
