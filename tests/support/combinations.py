"""The combinations of answers that the tests run over."""

import os
from collections.abc import Iterable
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
    websockets: bool = False
    ml: bool = False

    def __str__(self) -> str:
        options = [self.auth] * (self.auth != "none") + ["websockets"] * self.websockets
        options += ["ml"] * self.ml
        return "-".join([self.framework, self.database, *options])

    @property
    def answers(self) -> dict[str, str | bool]:
        """What Copier is told; a question that it would not ask has no answer."""
        given = {"framework": self.framework, "database": self.database}
        if self.database != "none":
            given["auth"] = self.auth
        return given | {"websockets": self.websockets, "ml": self.ml}

    @property
    def compose(self) -> bool:
        """Whether compose.yaml has something to start before the service."""
        return self.database != "none" or self.websockets

    @property
    def operations(self) -> bool:
        """Whether the API document describes more than health."""
        return self.database != "none" or self.ml

    @property
    def redis(self) -> bool:
        """Whether there is something that processes share through Redis."""
        return self.auth == "jwt" or self.websockets


# Every combination that the template allows: users need a database.
COMBINATIONS = [
    Combination(framework, database, auth, websockets, ml)
    for ml, websockets, auth, database, framework in product(
        (False, True), (False, True), AUTHS, DATABASES, FRAMEWORKS
    )
    if auth == "none" or database != "none"
]


def is_even(combination: Combination) -> bool:
    """Pick half of all, such that any three answers meet in one of them."""
    places = (
        FRAMEWORKS.index(combination.framework),
        DATABASES.index(combination.database),
        AUTHS.index(combination.auth),
        combination.websockets,
        combination.ml,
    )
    return sum(places) % 2 == 0


# Those that are installed, linted and tested; half of all, unless every one is asked for.
INSTALLED = [c for c in COMBINATIONS if is_even(c) or "SCAFFOLD_EVERY_COMBINATION" in os.environ]
# Those that are held to all of the contract: every two answers meet in one of them.
SERVED = [
    c
    for c in COMBINATIONS
    if not c.ml
    and (
        c.websockets == ((c.database, c.auth) in (("postgresql", "none"), ("mysql", "jwt")))
        or c.database == "none"
    )
]


def run_over(combinations: Iterable[Combination]) -> pytest.MarkDecorator:
    """Run a test once per combination; one xdist worker takes all of a combination."""
    return pytest.mark.parametrize(
        "combination",
        [pytest.param(c, id=str(c), marks=pytest.mark.xdist_group(str(c))) for c in combinations],
        scope="session",
    )


def over(databases: tuple[str, ...], auths: tuple[str, ...] = ("none",)) -> pytest.MarkDecorator:
    """Run a test over the served combinations with these answers."""
    return run_over(c for c in SERVED if c.database in databases and c.auth in auths)


every_combination = run_over(COMBINATIONS)
every_installed = run_over(INSTALLED)
every_service = run_over(SERVED)
every_store = over(STORES, AUTHS)
every_signed_in = over(STORES, ("jwt",))
# For what no database changes: one small service per framework says it all.
every_framework = over(("sqlite",))
every_signed_in_framework = over(("sqlite",), ("jwt",))
BARE_SOCKETS = [Combination(f, "none", websockets=True) for f in FRAMEWORKS]
SIGNED_IN_SOCKETS = [Combination(f, "sqlite", "jwt", websockets=True) for f in FRAMEWORKS]
BARE_ML = [Combination(f, "none", ml=True) for f in FRAMEWORKS]
SIGNED_IN_ML = [Combination(f, "sqlite", "jwt", ml=True) for f in FRAMEWORKS]
# Where nobody signs in, for what no user changes; and where everybody does.
every_bare_socket = run_over(BARE_SOCKETS)
every_signed_in_socket = run_over(SIGNED_IN_SOCKETS)
every_socket = run_over(BARE_SOCKETS + SIGNED_IN_SOCKETS)
every_bare_ml = run_over(BARE_ML)
every_signed_in_ml = run_over(SIGNED_IN_ML)
every_ml = run_over(BARE_ML + SIGNED_IN_ML)
