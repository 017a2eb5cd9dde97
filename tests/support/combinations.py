"""The combinations of answers that the tests run over."""

from dataclasses import dataclass
from itertools import product

import pytest

FRAMEWORKS = ("fastapi", "flask")
STORES = ("sqlite", "postgresql", "mysql")
DATABASES = (*STORES, "none")
AUTHS = ("none", "jwt")


@dataclass(frozen=True)
class Combination:
    framework: str
    database: str
    auth: str = "none"

    def __str__(self) -> str:
        return f"{self.framework}-{self.database}" + (
            "" if self.auth == "none" else f"-{self.auth}"
        )

    @property
    def answers(self) -> dict[str, str]:
        """What Copier is told; a question that it would not ask has no answer."""
        given = {"framework": self.framework, "database": self.database}
        return given if self.database == "none" else given | {"auth": self.auth}


def combinations(databases: tuple[str, ...], auths: tuple[str, ...]) -> list[Combination]:
    """Every combination of these answers that the template allows: users need a database."""
    return [
        Combination(framework, database, auth)
        for auth, database, framework in product(auths, databases, FRAMEWORKS)
        if auth == "none" or database != "none"
    ]


def over(databases: tuple[str, ...], auths: tuple[str, ...] = ("none",)) -> pytest.MarkDecorator:
    """Run a test once per combination; one xdist worker takes all of a combination."""
    return pytest.mark.parametrize(
        "combination",
        [
            pytest.param(c, id=str(c), marks=pytest.mark.xdist_group(str(c)))
            for c in combinations(databases, auths)
        ],
        scope="session",
    )


every_combination = over(DATABASES, AUTHS)
every_store = over(STORES, AUTHS)
every_signed_in = over(STORES, ("jwt",))
# For what no database changes: one small service per framework says it all.
every_framework = over(("sqlite",))
every_signed_in_framework = over(("sqlite",), ("jwt",))
