"""`scaffold advise` weighs what is answered, and asks at a terminal only."""

import sys

import pytest

from scaffold.advise import advice
from scaffold.advise.advice import give_advice
from scaffold.asking import advice as asking
from tests.unit.cli.conftest import Run, Service


def test_advise_weighs_what_is_answered(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(give_advice({}))
    monkeypatch.setattr(advice, "give_advice", service)
    words = "--serves api --concurrency few --no-websockets --ml --async --no-type-hints"
    assert run("advise", *words.split(), "--flask", "team", "--api-docs", "--prototype") == 0
    assert service.request == {
        "serves": "api",
        "concurrency": "few",
        "websockets": False,
        "ml": True,
        "async": True,
        "type_hints": False,
        "flask": "team",
        "api_docs": True,
        "prototype": True,
    }


def test_advise_refuses_an_answer_that_is_no_choice(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("advise", "--flask", "teem") == 2
    assert capsys.readouterr().err == (
        "error: --flask: 'teem' is not one of code, team, none\nhint: did you mean team?\n"
    )


def test_advise_asks_only_at_a_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = Service({"ml": True})
    monkeypatch.setattr(asking, "ask_profile", ask)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert run("advise") == 2
    assert "there is no terminal to ask in" in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert run("advise", "--json") == 2
    assert not ask.args
    assert run("advise") == 0
    assert ask.request == {}
