"""Asks one question in a terminal, in as many columns as it has."""

from collections.abc import Callable
from typing import Any

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import (
    CompleteEvent,
    PathCompleter,
    get_common_complete_suffix,
)
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import HSplit, Layout, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.layout.processors import (
    PasswordProcessor,
    Processor,
    Transformation,
    TransformationInput,
)
from prompt_toolkit.styles import Style

from scaffold.asking import layout
from scaffold.asking.forms import Back, Choose, Form, Row, Tick, Type, reason
from scaffold.errors import UsageError

_STYLE = Style.from_dict(
    {
        "title": "bold",
        "pointed": "ansicyan bold",
        "dim": "dim",
        "note": "ansiyellow",
        "error": "ansired",
        "kept": "reverse",
    }
)
_ESCAPE_SECONDS = 0.2  # a lone Esc, and none that a key such as an arrow begins with


def show(form: Form) -> Any:
    """Ask until there is an answer; raises `Back` for Esc, `EOFError` for Ctrl-D."""
    return (_Typed(form) if isinstance(form, Type) else _Listed(form)).ask()


class _Screen:
    """What all questions have: lines above and below, and the keys that leave it."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.error = ""
        self.keys = KeyBindings()
        if not form.first:
            self.keys.add("escape")(_leave(Back))
        self.keys.add("c-c")(_leave(KeyboardInterrupt))
        self.keys.add("<sigint>")(_leave(KeyboardInterrupt))

    def ask(self) -> Any:
        """Show it, and take it away again once it is answered."""
        body = self.body()
        content = [
            _window(lambda: layout.before(self.form, *_size())),
            body,
            _window(lambda: layout.after(self.form, _size()[0], self.error, self.pointed())),
        ]
        app: Application[Any] = Application(
            Layout(HSplit(content), focused_element=body),
            key_bindings=self.keys,
            style=_STYLE,
            erase_when_done=True,
        )
        app.ttimeoutlen = app.timeoutlen = _ESCAPE_SECONDS
        return app.run()

    def body(self) -> Window:
        """Where the answer is given."""
        raise NotImplementedError

    def pointed(self) -> Row | None:
        """The row that the arrows have reached."""
        return None

    def answer(self, event: KeyPressEvent, value: Any) -> None:
        """End with this answer, unless something is wrong with it."""
        try:
            event.app.exit(result=self.form.check(value))
        except UsageError as error:
            self.error = reason(error)


class _Listed(_Screen):
    """Rows to choose one from, or to tick some of."""

    def __init__(self, form: Choose | Tick) -> None:
        super().__init__(form)
        self.form: Choose | Tick = form
        self.at = 0
        self.ticked: set[int] = set()
        for number, row in enumerate(form.rows):
            if isinstance(form, Tick) and row.value in form.ticked:
                self.ticked.add(number)
            if isinstance(form, Choose) and row.value == form.default:
                self.at = number
        for keys, by in ((("up", "k", "c-p"), -1), (("down", "j", "c-n"), 1)):
            for key in keys:
                self.keys.add(key)(lambda _, by=by: self._move(by))
        if not form.first:
            self.keys.add("left")(_leave(Back))
        self.keys.add("c-d")(_leave(EOFError))
        self.keys.add("enter")(self._enter)
        self.keys.add("c-j")(self._enter)  # Enter, if it came before the terminal was set up
        if isinstance(form, Tick):
            self.keys.add(" ")(self._tick)

    def body(self) -> Window:
        return _window(self._lines, focusable=True)

    def pointed(self) -> Row:
        return self.form.rows[self.at]

    def _lines(self) -> list[layout.Line]:
        width, height = _size()
        around = len(layout.before(self.form, width, height))
        around += len(layout.after(self.form, width, self.error, self.pointed()))
        found = list(layout.rows(self.form, self.at, self.ticked, width))
        return layout.visible(found, self.at, height - around)

    def _move(self, by: int) -> None:
        self.error = ""
        self.at = (self.at + by) % len(self.form.rows)

    def _tick(self, _: KeyPressEvent) -> None:
        self.error = ""
        self.ticked ^= {self.at}

    def _enter(self, event: KeyPressEvent) -> None:
        ticked = [row.value for number, row in enumerate(self.form.rows) if number in self.ticked]
        self.answer(event, ticked if isinstance(self.form, Tick) else self.pointed().value)


class _Typed(_Screen):
    """Text to type. What stands there at first is replaced by typing, and edited after an arrow."""

    def __init__(self, form: Type) -> None:
        super().__init__(form)
        self.form: Type = form
        self.kept = bool(form.default)
        self.buffer = Buffer(
            document=Document(form.default),
            multiline=form.multiline,
            on_text_changed=self._touched,
            on_cursor_position_changed=self._touched,
        )
        kept = Condition(lambda: self.kept)
        empty = Condition(lambda: not self.buffer.text)
        self.keys.add(Keys.Any, filter=kept)(self._replace)
        self.keys.add(Keys.BracketedPaste, filter=kept)(self._replace)
        self.keys.add("backspace", filter=kept)(self._clear)
        self.keys.add("delete", filter=kept)(self._clear)
        self.keys.add("c-d", filter=empty)(_leave(EOFError))
        self.keys.add(*(("escape", "enter") if form.multiline else ("enter",)))(self._enter)
        if form.path:
            self.keys.add("tab")(self._complete)

    def body(self) -> Window:
        hidden = [PasswordProcessor()] if self.form.secret else []
        control = BufferControl(self.buffer, input_processors=[*hidden, _MarkKept(self)])
        return Window(control, wrap_lines=True, dont_extend_height=True)

    def _touched(self, _: Buffer) -> None:
        self.kept = False
        self.error = ""

    def _replace(self, event: KeyPressEvent) -> None:
        self._clear(event)
        self.buffer.insert_text(event.data)

    def _clear(self, _: KeyPressEvent) -> None:
        self.buffer.text = ""

    def _complete(self, _: KeyPressEvent) -> None:
        """Add what all paths that begin like this have in common."""
        document = self.buffer.document
        found = list(PathCompleter(expanduser=True).get_completions(document, CompleteEvent()))
        self.buffer.insert_text(get_common_complete_suffix(document, found))

    def _enter(self, event: KeyPressEvent) -> None:
        self.answer(event, self.buffer.text)


class _MarkKept(Processor):
    """Shows what typing replaces."""

    def __init__(self, typed: _Typed) -> None:
        self.typed = typed

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        kept = " class:kept" if self.typed.kept else ""
        found = transformation_input.fragments
        return Transformation([(f"{style}{kept}", text) for style, text, *_ in found])


def _size() -> tuple[int, int]:
    size = get_app().output.get_size()
    return size.columns, size.rows


def _window(lines: Callable[[], list[layout.Line]], *, focusable: bool = False) -> Window:
    """A part of the screen that is as high as its lines."""

    def text() -> StyleAndTextTuples:
        *first, (style, last) = lines()
        return [*((style, f"{line}\n") for style, line in first), (style, last)]

    control = FormattedTextControl(text, focusable=focusable, show_cursor=False)
    return Window(control, wrap_lines=True, dont_extend_height=True)


def _leave(reason: type[BaseException]) -> Callable[[KeyPressEvent], None]:
    def leave(event: KeyPressEvent) -> None:
        event.app.exit(exception=reason())

    return leave
