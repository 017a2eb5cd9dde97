"""What a comparison found, and where a difference is no more than noise. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from scaffold.frameworks import FASTAPI, FLASK
from scaffold.template.questions import Answers

NOISE = "noise"
SAME = "same"
LEAST_SPREAD = 0.05  # of a median; from one run to the next, a machine itself changes by as much


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
    python: str  # the version that both services run on
    packages: Mapping[str, Mapping[str, str]]  # framework → package → version, of the main ones
    workloads: tuple[WorkloadResult, ...]
    service: tuple[Metric, ...]  # start, memory, lines of code, dependencies
    command: str


@dataclass(frozen=True)
class MetricKind:
    """A metric before it is measured."""

    name: str
    title: str
    unit: str
    more_is_better: bool = False
    counted: bool = False  # the same in every round, so that no difference is noise

    def metric(self, rounds: Mapping[str, Sequence[float]]) -> Metric:
        """What came of the rounds of both frameworks; each is above 0."""
        fastapi, flask = rounds[FASTAPI], rounds[FLASK]
        least = 0 if self.counted else LEAST_SPREAD
        ratios = [ours / theirs for ours, theirs in zip(fastapi, flask, strict=True)]
        ratio = figure(ratios, least)
        return Metric(
            self.name,
            self.title,
            self.unit,
            self.more_is_better,
            figure(fastapi, least),
            figure(flask, least),
            ratio,
            self._verdict(ratio),
        )

    def _verdict(self, ratio: Figure) -> str:
        if ratio.low <= 1 <= ratio.high:
            return SAME if self.counted else NOISE
        return FASTAPI if (ratio.low > 1) == self.more_is_better else FLASK


RATE = MetricKind("rate", "requests per second", "/s", more_is_better=True)
LATENCIES = (
    MetricKind("p50", "median response", "ms"),
    MetricKind("p95", "95th percentile", "ms"),
    MetricKind("p99", "99th percentile", "ms"),
    MetricKind("peak", "slowest response", "ms"),
)


def figure(rounds: Sequence[float], least: float = LEAST_SPREAD) -> Figure:
    """The median of the rounds, the lowest and the highest, these at least so far from it.

    Whatever the distribution, the median of as many rounds again lies between the lowest and the
    highest with a probability of 93 % after 7 rounds and 97 % after 9, if the machine stays as it
    is: these are the ranks of two samples of one kind.
    """
    middle = float(median(rounds))
    low, high = min(*rounds, middle * (1 - least)), max(*rounds, middle * (1 + least))
    return Figure(middle, float(low), float(high))
