"""What Jinja compiles in this process, kept: Copier has each part of each path compiled at each rendering.

Half of the time of a rendering goes there, and the tests render the same template some thousand times.
"""

from types import CodeType
from typing import Any

from jinja2 import Environment

# What a text is compiled to depends on these attributes of an environment.
_SYNTAX = (
    *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
    *("comment_start_string", "comment_end_string", "line_statement_prefix"),
    *("line_comment_prefix", "trim_blocks", "lstrip_blocks", "newline_sequence"),
    *("keep_trailing_newline", "autoescape", "optimized", "finalize", "undefined", "is_async"),
)
_compile = Environment.compile
_codes: dict[object, CodeType] = {}


def keep() -> None:
    """Compile each text once from now on."""
    Environment.compile = _compile_once  # type: ignore[assignment,method-assign]


def _compile_once(
    self: Environment, source: Any, name: str | None = None, filename: str | None = None, **how: Any
) -> Any:
    if how or not isinstance(source, str):
        return _compile(self, source, name, filename, **how)
    # Not the file's name: a clone of a template lies somewhere else each time.
    syntax = tuple(getattr(self, attribute) for attribute in _SYNTAX)
    known = (*self.extensions, *self.filters, *self.tests, *self.globals)
    key = (type(self), syntax, known, name, source)
    if key in _codes:
        self.preprocess(source, name, filename)  # with it Copier's `yield` begins anew
    else:
        _codes[key] = _compile(self, source, name, filename)
    return _codes[key]
