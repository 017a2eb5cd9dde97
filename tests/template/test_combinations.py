"""The combinations that the tests run over: which answers meet, and how they are named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from copier import Settings, run_copy

from tests.support import combinations
from tests.support.combinations import (
    ALIKE,
    FRAMEWORKS,
    OFF,
    Combination,
    covering,
    drawn,
    named,
    once_for,
    told_apart,
)
from tests.support.covering import Row, covering_rows, tuples, tuples_in
from tests.support.projects import Projects
from tests.support.questions import REPOSITORY, VALUES, default, feasible, possible

# As many as the template may have one day, with a rule that reaches over three of them.
MANY: dict[str, tuple[str | bool, ...]] = {
    "framework": ("fastapi", "flask"),
    "database": ("none", "sqlite", "postgresql", "mysql"),
    "pages": ("none", "plain", "htmx"),
    **{f"option_{number}": (False, True) for number in range(13)},
}


def is_allowed(row: Row) -> bool:
    """A rule of three answers; values that are not given yet may still agree with it."""
    without_database = row.get("database") == "none"
    return not (without_database and row.get("option_0") and row.get("pages") == "htmx")


@pytest.mark.parametrize("strength", [2, 3])
def test_any_answers_that_go_together_meet(strength: int) -> None:
    rows = [dict(combination.given) for combination in covering(strength)]
    for name, alike in ALIKE.items() if strength == 2 else ():
        assert {row[name] for row in rows} >= set(alike)
        rows = [{**row, name: alike[0]} if row[name] in alike else row for row in rows]
    met = {t for row in rows for t in tuples_in(row, strength)}
    assert met == set(tuples(told_apart(strength), strength, feasible))
    assert told_apart(3) == VALUES


def test_what_depends_on_few_answers_sees_each_of_these_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = covering(2)
    names = ("framework", "websockets")
    monkeypatch.setattr(combinations, "CONTRACT_STRENGTH", 2)
    answered = [(row.framework, row.websockets) for row in once_for(rows, *names)]
    assert len(answered) == len(set(answered))
    assert set(answered) == {(row.framework, row.websockets) for row in rows}
    monkeypatch.setattr(combinations, "CONTRACT_STRENGTH", 3)
    assert once_for(rows, *names) == rows


def test_answers_that_never_meet_are_those_that_copier_does_not_take(
    projects: Projects, tmp_path: Path
) -> None:
    possible = set(tuples(VALUES, 2, feasible))
    never = [dict(t) for t in tuples(VALUES, 2, lambda row: True) if t not in possible]
    assert never
    for answers in never:
        try:
            made = run_copy(
                str(projects.template()),
                tmp_path / "project",
                data=answers,
                defaults=True,
                pretend=True,
                quiet=True,
                settings=Settings(),
            )
        except ValueError:
            continue
        # The project has another answer, because this question is not asked.
        assert made.answers.hidden & answers.keys(), answers


@pytest.mark.parametrize(("strength", "most"), [(2, 16), (3, 56)])
def test_three_times_the_questions_need_few_rows(strength: int, most: int) -> None:
    rows = covering_rows(MANY, strength, is_allowed)
    assert all(is_allowed(row) and row.keys() == MANY.keys() for row in rows)
    met = {t for row in rows for t in tuples_in(row, strength)}
    assert met == set(tuples(MANY, strength, is_allowed))
    assert len(rows) <= most


def test_the_command_prints_the_same_combinations_each_time() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-m", "tests.support.combinations"],
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    (text,) = printed
    for strength in (2, 3):
        for combination in covering(strength):
            assert f"\n  {combination} " in text


def test_a_name_stands_for_one_combination() -> None:
    some = set(drawn(100, "names"))
    assert len({str(combination) for combination in some}) == len(some)
    assert all(named(str(combination)) == combination for combination in some)


def needs_no_server(option: str) -> bool:
    """Whether a project that starts without a server may have the option."""
    return not set(possible(option, {"database": "sqlite"})) <= set(OFF)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_all_is_every_option_and_min_is_none(framework: str) -> None:
    everything, nothing = named(f"{framework}-all"), named(f"{framework}-min")
    assert everything.framework == nothing.framework == framework
    for name, values in VALUES.items():
        assert getattr(everything, name) not in OFF or not needs_no_server(name)
        assert getattr(nothing, name) in OFF or not set(OFF) & set(values)
    # It starts without a server.
    assert everything.database == "sqlite"


@pytest.mark.parametrize(
    "name", ["django", "flask-mysql-basic", "flask-none-jwt", "flask-jwt-mysql", "flask-", ""]
)
def test_a_name_that_stands_for_none_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="answer"):
        named(name)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_combination_knows_its_answers_its_facts_and_its_files(framework: str) -> None:
    bare = Combination(framework, "none")
    defaults = {name: default(name) for name in VALUES}
    assert bare.answers == {
        name: value
        for name, value in {**defaults, "framework": framework, "database": "none"}.items()
        if name not in ("auth", "pages")  # nobody is asked
    }
    assert (bare.auth, bare.pages, bare.redis) == ("none", "none", False)
    assert not bare.has("compose.yaml")
    full = Combination(framework, "mysql", "jwt", ml=True)
    given = {"framework": framework, "database": "mysql", "auth": "jwt", "ml": True}
    assert full.answers == defaults | given
    assert (full.redis, full.has("compose.yaml"), full.has("app/websockets/rate_limit.py")) == (
        True,
        True,
        False,
    )
    assert full.secret_settings == ["JWT_SECRET"]
