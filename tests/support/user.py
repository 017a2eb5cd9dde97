"""Somebody who answers questions, and the screen that this person looks at."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyte
from prompt_toolkit.application import create_app_session, get_app
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from scaffold.asking.forms import Back, Choose, Form, Tick
from scaffold.errors import UsageError

BACK = Back()


class User:
    """Answers one form after another: by the titles of rows, by text, or by an exception."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.seen: list[Form] = []
        self.refused: list[str] = []

    def show(self, form: Form) -> Any:
        self.seen.append(form)
        while True:
            answer = self.answers.pop(0)
            if isinstance(answer, BaseException):
                assert not (isinstance(answer, Back) and form.first), "nothing leads back"
                raise answer
            try:
                return form.check(_entered(form, answer))
            except UsageError as error:
                self.refused.append(error.message)

    @property
    def titles(self) -> list[str]:
        """What was asked, in turn."""
        return [form.title for form in self.seen]


def _entered(form: Form, answer: Any) -> Any:
    if isinstance(form, Choose):
        found = [row.value for row in form.rows if row.title.split("  ")[0] == answer]
        assert found, f"{answer!r} is none of {[row.title for row in form.rows]}"
        return found[0]
    if isinstance(form, Tick):
        assert set(answer) <= {row.title for row in form.rows}
        return [row.value for row in form.rows if row.title in answer]
    return answer


class Terminal:
    """A terminal of some size: what is typed into it, and what can be read on it."""

    def __init__(self, columns: int, rows: int, keys: PipeInput) -> None:
        self.keys = keys
        self._written = io.StringIO()
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self.output = Vt100_Output(
            self._written, lambda: Size(rows=rows, columns=columns), term="xterm", enable_cpr=False
        )

    def lines(self) -> list[str]:
        """The lines that somebody reads now."""
        if (app := get_app()).is_running:
            app._redraw()
        self._stream.feed(self._written.getvalue())
        self._written.seek(0)
        self._written.truncate()
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip().split("\n")

    def text(self) -> str:
        """All that is on the screen, whatever lines it is broken into."""
        return " ".join(" ".join(self.lines()).split())


@contextmanager
def terminal(columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    """A terminal in which questions are asked."""
    with create_pipe_input() as keys:
        opened = Terminal(columns, rows, keys)
        with create_app_session(input=keys, output=opened.output):
            yield opened


def pictures(
    ask: Callable[[Form], Any], form: Form, keys: list[str], columns: int = 80, rows: int = 24
) -> tuple[Any, list[str]]:
    """The answer to a form, and what the screen shows each time an answer is entered."""
    shown: list[str] = []
    later = list(keys)

    with terminal(columns, rows) as screen:

        def check(answer: Any) -> Any:
            shown.append(screen.text())
            if later:
                screen.keys.send_text(later.pop(0))
            return form.check(answer)

        screen.keys.send_text(later.pop(0))
        return ask(type(form)(**{**vars(form), "check": check})), shown
