"""The program in the process of the tests, with its services replaced."""

import gc
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scaffold.cli import main
from scaffold.new.plan import Plan
from scaffold.update import update
from scaffold.update.plan import Change, Update, UpdatePlan

Run = Callable[..., int]
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PLAN = Plan(Path("/x/api"), "gh:a/t", "v1", {}, ("a",), "scaffold new api")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """The program in this process; what it sets for the whole process is put back."""
    handlers = {number: signal.getsignal(number) for number in ENDING}

    def run(*args: str) -> int:
        monkeypatch.setattr(sys, "argv", ["scaffold", *args])
        with pytest.raises(SystemExit) as caught:
            main.main()
        assert isinstance(caught.value.code, int)
        return caught.value.code

    yield run
    gc.enable()
    gc.unfreeze()
    for number, handler in handlers.items():
        signal.signal(number, handler)


class Service:
    """Stands in for a service: notes what it was asked, and answers."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.args: tuple[Any, ...] = ()
        self.options: dict[str, Any] = {}

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.args, self.options = args, options
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    @property
    def request(self) -> Any:
        return self.args[0]


def planned(*statuses: str) -> UpdatePlan:
    changes = tuple(Change(status, status) for status in statuses)
    return UpdatePlan(Path("/x"), "gh:a/t", "v1", "v2", {}, changes, "", "")


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Service:
    """Stands in for updates of a project; the program runs in a folder of its own."""
    service = Service(Update(planned("added"), (), ()))
    monkeypatch.setattr(update, "update_project", service)
    monkeypatch.chdir(tmp_path)
    return service
