"""What a comparison found, and where a difference is no more than noise. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from scaffold.compare import noise
from scaffold.compare.noise import Noise
from scaffold.frameworks import FASTAPI, FLASK
from scaffold.template.questions import Answers

NOISE = "noise"
SAME = "same"


@dataclass(frozen=True)
class Figure:
    """The median of the rounds, and between what that of another run should lie."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Metric:
    """One property of both services, and which of them is ahead in it."""

    name: str
    title: str
    unit: str
    more_is_better: bool
    fastapi: Figure
    flask: Figure
    ratio: Figure  # FastAPI : Flask, from the rounds one by one
    noise: float  # how far from 1 the ratio may be without a difference: 0.1 is 10 % more, or as much less
    verdict: str  # fastapi, flask, noise, or same where nothing was measured but counted


@dataclass(frozen=True)
class WorkloadResult:
    """One workload, and what came of it."""

    name: str
    title: str
    request: str
    about: str
    metrics: tuple[Metric, ...]
    failed: Mapping[str, int]  # requests that were not answered with success, by framework
    others: float = 0  # the share of the service's CPU that other programs had
    unmeasured: str = ""  # why some rounds do not count, or all

    def metric(self, name: str) -> Metric:
        """The metric of that name."""
        return next(metric for metric in self.metrics if metric.name == name)


@dataclass(frozen=True)
class Machine:
    """Where it was measured."""

    system: str
    processor: str
    cpus: int
    memory: int  # bytes
    load: float  # of the machine, in the minute before


@dataclass(frozen=True)
class Method:
    """How it was measured."""

    rounds: int
    seconds: float  # of each measurement
    warm_up_seconds: float  # before each
    clients: int
    pinned: bool  # the service on a core of its own
    generator: str


@dataclass(frozen=True)
class Comparison:
    """Both frameworks with the same answers."""

    machine: Machine
    method: Method
    src_path: str
    version: str
    answers: Answers
    measured_at: datetime
    noise: Noise  # before the rounds
    python: str  # the version that both services run on
    packages: Mapping[str, Mapping[str, str]]  # framework → package → version, of the main ones
    workloads: tuple[WorkloadResult, ...]
    service: tuple[Metric, ...]  # start, memory, lines of code, dependencies
    command: str

    @property
    def disturbed(self) -> tuple[WorkloadResult, ...]:
        """The workloads in which other programs kept the service's CPU busy."""
        return tuple(workload for workload in self.workloads if workload.others > noise.LOW)

    @property
    def is_complete(self) -> bool:
        """Every workload could be compared."""
        return all(workload.metrics for workload in self.workloads)


@dataclass(frozen=True)
class MetricKind:
    """A metric before it is measured."""

    name: str
    title: str
    unit: str
    more_is_better: bool = False
    counted: bool = False  # the same in every round, so that no difference is noise
    slow: bool = False  # of the slowest responses, for which whoever shares the CPU is to blame

    def metric(self, rounds: Mapping[str, Sequence[float]], others: float = 0) -> Metric:
        """What came of the rounds of both frameworks; one in which either has 0 does not count.

        `others` is the share of the service's CPU that other programs had.
        """
        pairs = [pair for pair in zip(rounds[FASTAPI], rounds[FLASK], strict=True) if all(pair)]
        fastapi, flask = zip(*pairs, strict=True)
        least = 0 if self.counted else noise.LEAST
        ratio = figure([ours / theirs for ours, theirs in pairs], least)
        lead = max(ratio.median, 1 / ratio.median) - 1
        moved = 0 if self.counted else noise.of_rounds(rounds, others)
        agreed = not ratio.low <= 1 <= ratio.high
        if not agreed or (self.slow and others > noise.LOW):
            moved = max(moved, lead)
        return Metric(
            self.name,
            self.title,
            self.unit,
            self.more_is_better,
            figure(fastapi, least),
            figure(flask, least),
            ratio,
            moved,
            self._ahead(ratio) if lead > moved else SAME if self.counted else NOISE,
        )

    def _ahead(self, ratio: Figure) -> str:
        return FASTAPI if (ratio.median > 1) == self.more_is_better else FLASK


RATE = MetricKind("rate", "requests per second", "/s", more_is_better=True)
LATENCIES = (
    MetricKind("p50", "median response", "ms"),
    MetricKind("p95", "95th percentile", "ms", slow=True),
    MetricKind("p99", "99th percentile", "ms", slow=True),
    MetricKind("peak", "slowest response", "ms", slow=True),
)


def figure(rounds: Sequence[float], least: float = noise.LEAST) -> Figure:
    """The median of the rounds, the lowest and the highest, these at least so far from it.

    Whatever the distribution, the median of as many rounds again lies between the lowest and the
    highest with a probability of 93 % after 7 rounds and 97 % after 9, if the machine stays as it
    is: these are the ranks of two samples of one kind.
    """
    middle = float(median(rounds))
    low, high = min(*rounds, middle * (1 - least)), max(*rounds, middle * (1 + least))
    return Figure(middle, float(low), float(high))
