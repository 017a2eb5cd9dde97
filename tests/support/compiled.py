"""What Jinja compiles in this process, and what Copier reads of YAML, kept.

Copier has each part of each path compiled at each rendering, and parses `copier.yml` and each answer in
YAML. Most of the time of a rendering goes there, and the tests render the same template some thousand times.
"""

import pickle
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

from copier import _template, _user_data
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
_load_config = _template.load_template_config
_parse = _user_data.parse_yaml_string
# What a text means, in a form of which each reader gets its own copy.
_meanings: dict[object, bytes] = {}


def keep() -> None:
    """Compile and parse each text once from now on."""
    Environment.compile = _compile_once  # type: ignore[assignment,method-assign]
    _template.load_template_config = _load_config_once
    _user_data.parse_yaml_string = _parse_once
    _user_data.CAST_STR_TO_NATIVE = {**_user_data.CAST_STR_TO_NATIVE, "yaml": _parse_once}


def _load_config_once(conf_path: Path, quiet: bool = False) -> Any:
    content = conf_path.read_bytes()
    if b"!include" in content:  # it says nothing of what is included
        return _load_config(conf_path, quiet)
    return _copy_of(content, lambda: _load_config(conf_path, quiet))


def _parse_once(string: str) -> Any:
    return _copy_of(string, lambda: _parse(string))


def _copy_of(text: object, parse: Callable[[], Any]) -> Any:
    if text not in _meanings:
        _meanings[text] = pickle.dumps(parse())
    return pickle.loads(_meanings[text])  # noqa: S301 - what this process wrote


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
