"""How far figures move without any difference between the services. No I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scaffold.frameworks import FASTAPI, FLASK

LEAST = 0.05  # from one run to the next, a machine itself changes by as much
LOW = 0.1  # what a quiet machine stays below
_MOST_SHARE = 0.99


@dataclass(frozen=True)
class Noise:
    """What a machine does to figures: shares, of which 0.1 is a tenth."""

    itself: float  # how far a service moves from itself
    others: float  # how much of its CPU other programs take

    @property
    def is_low(self) -> bool:
        """Differences that matter can be told from it."""
        return self.itself <= LOW and self.others <= LOW

    def __str__(self) -> str:
        return (
            f"the same service differs from itself by ±{100 * self.itself:,.0f} %, "
            f"and other programs take {100 * self.others:.0f} % of its CPU"
        )


def turns(number: int) -> tuple[str, str]:
    """The services of a round in their order: the last of one is the first of the next."""
    return (FLASK, FASTAPI) if number % 2 else (FASTAPI, FLASK)


def of_rounds(rounds: Mapping[str, Sequence[float]], others: float) -> float:
    """What a lead has to exceed: how far a service moved from itself, or what others may have cost it.

    A service that others took a share of the time from would have been faster by that share, at most.
    """
    share = min(others, _MOST_SHARE)
    return max(LEAST, share / (1 - share), *_twice_in_a_row(rounds))


def moved(values: Sequence[float]) -> list[float]:
    """How far one value is from the next; 0.5 is half as much again, or a third less."""
    return [max(one / other, other / one) - 1 for one, other in pairwise(values)]


def _twice_in_a_row(rounds: Mapping[str, Sequence[float]]) -> Iterator[float]:
    """How far the last service of each round moved until it was the first of the next.

    Nothing lies between the two but a start, as between the two services of a round.
    """
    for number in range(len(rounds[FASTAPI]) - 1):
        _, last = turns(number)
        pair = rounds[last][number : number + 2]
        if all(pair):  # nothing is known of a round without an answer
            yield from moved(pair)
