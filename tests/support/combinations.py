"""The combinations of answers that the tests run over."""

from dataclasses import dataclass
from itertools import product

import pytest

FRAMEWORKS = ("fastapi", "flask")
STORES = ("sqlite", "postgresql", "mysql")
DATABASES = (*STORES, "none")


@dataclass(frozen=True)
class Combination:
    framework: str
    database: str

    def __str__(self) -> str:
        return f"{self.framework}-{self.database}"


def over(databases: tuple[str, ...]) -> pytest.MarkDecorator:
    """Run a test once per framework and database; one xdist worker takes all of a combination."""
    combinations = [Combination(f, d) for d, f in product(databases, FRAMEWORKS)]
    return pytest.mark.parametrize(
        "combination",
        [pytest.param(c, id=str(c), marks=pytest.mark.xdist_group(str(c))) for c in combinations],
        scope="session",
    )


every_combination = over(DATABASES)
every_store = over(STORES)
# For what no database changes: one small service per framework says it all.
every_framework = over(("sqlite",))
