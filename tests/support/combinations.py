"""The combinations of answers that the tests run over, computed from the questions of copier.yml."""

import os
from argparse import ArgumentParser
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from random import Random
from typing import Any

import pytest

from tests.support import questions
from tests.support.covering import Row, covering_rows, tuples
from tests.support.questions import VALUES, Value

FRAMEWORKS = tuple(map(str, VALUES["framework"]))
DATABASES = tuple(map(str, VALUES["database"]))
STORES = tuple(database for database in DATABASES if database != "none")
AUTHS = tuple(map(str, VALUES["auth"]))
# What an option is that a project goes without.
OFF = (False, "none")
# Answers whose services differ in little, or in nothing. Where any two answers meet they count as one, and
# take turns where they can.
ALIKE: dict[str, tuple[Value, ...]] = {
    "pages": ("plain", "htmx"),
    "deploy": ("none", "kubernetes"),
}


@dataclass(frozen=True, init=False)
class Combination:
    """An answer to every question that offers some; these answers and all facts are attributes.

    Values by place follow the order of the questions. What is not given takes its default.
    """

    given: tuple[tuple[str, Value], ...]

    def __init__(self, *in_order: Value, **by_name: Value) -> None:
        answers = dict(zip(VALUES, in_order, strict=False)) | by_name
        for name in VALUES:
            answers.setdefault(name, questions.default(name))
        if answers.keys() != VALUES.keys() or not questions.feasible(answers):
            raise ValueError(f"no project has these answers: {answers}")
        object.__setattr__(self, "given", tuple((name, answers[name]) for name in VALUES))

    def __getattr__(self, name: str) -> Any:
        if name not in questions.QUESTIONS:
            raise AttributeError(name)
        return questions.answer(name, questions.TEXTS | dict(self.given))

    def __str__(self) -> str:
        """The options that are on, with the values of questions that always need one."""
        return "-".join(label for name, value in self.given if (label := _label(name, value)))

    @property
    def answers(self) -> dict[str, Value]:
        """What Copier is told; a question that it would not ask has no answer."""
        given = dict(self.given)
        return {name: value for name, value in given.items() if questions.is_asked(name, given)}

    def has(self, path: str) -> bool:
        """Whether the project has this file."""
        return not questions.is_left_out(path, dict(self.given))


def _label(name: str, value: Value) -> str:
    """What stands for an answer in the name of a combination; nothing for an option that is off."""
    if value is True:
        return name
    may_be_missing = questions.default(name) in OFF
    return "" if value in OFF and may_be_missing else str(value)


def named(label: str) -> Combination:
    """The combination of that name, such as flask-mysql-jwt-ml, flask-all or flask-min."""
    for framework in FRAMEWORKS:
        if label in (f"{framework}-all", f"{framework}-min"):
            return _extreme(framework, everything=label.endswith("-all"))
    parts = label.split("-")
    answers = {
        name: value
        for name, values in VALUES.items()
        for value in values
        if parts and _label(name, value) == parts[0] != "" and parts.pop(0)
    }
    if parts:
        raise ValueError(f"{label}: no question has the answer {parts[0]}; {grammar()}")
    return Combination(**answers)


def grammar() -> str:
    """What a name can be, in one line."""
    extremes = ", ".join(f"{framework}-all, {framework}-min" for framework in FRAMEWORKS)
    labels = (filter(None, (_label(name, value) for value in VALUES[name])) for name in VALUES)
    parts = ", ".join(map("|".join, labels))
    return f"a name is {extremes}, or answers in this order, joined by hyphens: {parts}"


def _extreme(framework: str, *, everything: bool) -> Combination:
    """The project with every option, or with none; where several values will do, with the default."""
    answers: dict[str, Value] = {"framework": framework}
    for name in VALUES:
        if name not in answers:
            possible = questions.possible(name, answers)
            wanted = [v for v in possible if (v not in OFF) == everything] or possible
            default = questions.default(name)
            answers[name] = default if default in wanted else wanted[0]
    return Combination(**answers)


@cache
def covering(strength: int) -> list[Combination]:
    """Combinations in which any so many answers that go together meet at least once."""
    values = told_apart(strength)
    meeting = {name: offered for name, offered in values.items() if len(offered) > 1}
    # What has one value is the same in each row, and takes no part in the search.
    same = {name: offered[0] for name, offered in values.items() if len(offered) == 1}
    rows = [{**same, **row} for row in covering_rows(meeting, strength, questions.feasible)]
    return [Combination(**row) for row in (_take_turns(rows) if strength == 2 else rows)]


def told_apart(strength: int) -> dict[str, tuple[Value, ...]]:
    """The answers that have to meet: of those that are alike, the first stands for all in pairs."""
    merged = {name: alike[1:] for name, alike in ALIKE.items() if strength == 2}
    return {
        name: tuple(value for value in values if value not in merged.get(name, ()))
        for name, values in VALUES.items()
    }


def _take_turns(rows: Iterable[Row]) -> Iterator[Row]:
    """Put answers that are alike in place of the one that stands for them, in turn."""
    turns = {name: cycle(alike) for name, alike in ALIKE.items()}
    for row in rows:
        taken = row
        for name, turn in turns.items():
            if row[name] in ALIKE[name]:
                other = {**taken, name: next(turn)}
                taken = other if questions.feasible(other) else taken
        yield taken


def drawn(number: int, seed: str) -> list[Combination]:
    """Combinations taken at random, the same ones for the same seed."""
    random = Random(seed)  # noqa: S311 - which combination is tested is no secret
    found = []
    for _ in range(number):
        answers: dict[str, Value] = {}
        for name in VALUES:
            answers[name] = random.choice(questions.possible(name, answers))
        found.append(Combination(**answers))
    return found


def chosen(strength: int) -> list[Combination]:
    """The rows of a covering array and random ones beside it, or those that the user names."""
    if names := os.environ.get("SCAFFOLD_COMBINATIONS"):
        return [named(name) for name in names.split()]
    extra = int(os.environ.get("SCAFFOLD_RANDOM_COMBINATIONS", "0"))
    more = drawn(extra, os.environ.get("SCAFFOLD_SEED", "0"))
    return list(dict.fromkeys([*covering(strength), *more]))


# Held to all of the contract, linted, and run through their own tests: any two answers meet in one
# of them, at night any three.
CONTRACT_STRENGTH = int(os.environ.get("SCAFFOLD_CONTRACT_STRENGTH", "2"))
SERVED = chosen(CONTRACT_STRENGTH)
# Type-checked: any three answers meet in one of them.
TYPED = chosen(3)
# What resources depend on; each answer stands in one of these, at night any two or all three meet.
OF_RESOURCES = {"framework": FRAMEWORKS, "database": STORES, "auth": AUTHS}
WITH_RESOURCES = [
    Combination(**row)
    for row in covering_rows(OF_RESOURCES, CONTRACT_STRENGTH - 1, questions.feasible)
]


def run_over(combinations: Iterable[Combination]) -> pytest.MarkDecorator:
    """Run a test once per combination; one xdist worker takes all of a combination."""
    return pytest.mark.parametrize(
        "combination",
        [pytest.param(c, id=str(c), marks=pytest.mark.xdist_group(str(c))) for c in combinations],
        scope="session",
    )


def served(databases: Collection[str], auths: Collection[str] = AUTHS) -> list[Combination]:
    """The served combinations with these answers."""
    return [c for c in SERVED if c.database in databases and c.auth in auths]


def over(databases: Collection[str], auths: Collection[str] = AUTHS) -> pytest.MarkDecorator:
    """Run a test over the served combinations with these answers."""
    return run_over(served(databases, auths))


def once_for(rows: Iterable[Combination], *names: str) -> list[Combination]:
    """The first of the rows that answer these questions alike, for what nothing else changes; at night all."""
    if CONTRACT_STRENGTH > 2:
        return list(rows)
    first: dict[tuple[Value, ...], Combination] = {}
    for row in rows:
        first.setdefault(tuple(dict(row.given)[name] for name in names), row)
    return list(first.values())


def each_framework(**answers: Value) -> list[Combination]:
    """The smallest project of each framework with these answers, for what nothing else changes."""
    return [Combination(framework=framework, **answers) for framework in FRAMEWORKS]


every_service = run_over(SERVED)
every_store = over(STORES)
every_signed_in = over(STORES, ("jwt",))
# For what no database changes, on services that are there for other tests, too.
signed_in_once = run_over(once_for(served(STORES, ("jwt",)), "framework"))
every_page = run_over(c for c in SERVED if c.pages != "none")
# For what no database changes: one small service per framework says it all.
every_framework = run_over(each_framework(database="sqlite"))
every_signed_in_framework = run_over(each_framework(database="sqlite", auth="jwt"))
BARE_SOCKETS = each_framework(database="none", websockets=True)
SIGNED_IN_SOCKETS = each_framework(database="sqlite", auth="jwt", websockets=True)
BARE_ML = each_framework(database="none", ml=True)
SIGNED_IN_ML = each_framework(database="sqlite", auth="jwt", ml=True)
# Where nobody signs in, for what no user changes; and where everybody does.
every_bare_socket = run_over(BARE_SOCKETS)
every_signed_in_socket = run_over(SIGNED_IN_SOCKETS)
every_socket = run_over(BARE_SOCKETS + SIGNED_IN_SOCKETS)
every_bare_ml = run_over(BARE_ML)
every_signed_in_ml = run_over(SIGNED_IN_ML)
every_ml = run_over(BARE_ML + SIGNED_IN_ML)


def main() -> None:
    """Print the combinations that the tests run over: their names, and the answers of each."""
    ArgumentParser(prog="poe combinations", description=main.__doc__).parse_args()
    for strength, use in (
        (2, "held to the contract and run through their own tests"),
        (3, "type-checked"),
    ):
        rows = covering(strength)
        number = len(tuples(told_apart(strength), strength, questions.feasible))
        print(f"{len(rows)} combinations, {use}; all {number} sets of {strength} answers meet.")
        width = max(len(str(row)) for row in rows)
        for row in rows:
            answers = (f"{name}={str(value).lower()}" for name, value in row.given)
            print(f"  {row!s:<{width}} ", *answers)
        print()


if __name__ == "__main__":
    main()
