"""The combinations of answers that the tests run over."""

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

    def __str__(self) -> str:
        options = [self.auth] * (self.auth != "none") + ["websockets"] * self.websockets
        return "-".join([self.framework, self.database, *options])

    @property
    def answers(self) -> dict[str, str | bool]:
        """What Copier is told; a question that it would not ask has no answer."""
        given = {"framework": self.framework, "database": self.database}
        if self.database != "none":
            given["auth"] = self.auth
        return given | {"websockets": self.websockets}

    @property
    def compose(self) -> bool:
        """Whether compose.yaml has something to start before the service."""
        return self.database != "none" or self.websockets

    @property
    def redis(self) -> bool:
        """Whether there is something that processes share through Redis."""
        return self.auth == "jwt" or self.websockets


# Every combination that the template allows: users need a database.
COMBINATIONS = [
    Combination(framework, database, auth, websockets)
    for websockets, auth, database, framework in product(
        (False, True), AUTHS, DATABASES, FRAMEWORKS
    )
    if auth == "none" or database != "none"
]
# Those that are held to all of the contract: every two answers meet in one of them.
SERVED = [
    c
    for c in COMBINATIONS
    if c.websockets == ((c.database, c.auth) in (("postgresql", "none"), ("mysql", "jwt")))
    or c.database == "none"
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
every_service = run_over(SERVED)
every_store = over(STORES, AUTHS)
every_signed_in = over(STORES, ("jwt",))
# For what no database changes: one small service per framework says it all.
every_framework = over(("sqlite",))
every_signed_in_framework = over(("sqlite",), ("jwt",))
BARE_SOCKETS = [c for c in COMBINATIONS if c.websockets and c.database == "none"]
SIGNED_IN_SOCKETS = [
    c for c in COMBINATIONS if c.websockets and (c.database, c.auth) == ("sqlite", "jwt")
]
# Where nobody signs in, for what no user changes; and where everybody does.
every_bare_socket = run_over(BARE_SOCKETS)
every_signed_in_socket = run_over(SIGNED_IN_SOCKETS)
every_socket = run_over(BARE_SOCKETS + SIGNED_IN_SOCKETS)
