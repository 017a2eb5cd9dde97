"""Templates are compiled and parsed once in a run of the tests, and everybody reads them their own way."""

from pathlib import Path

import pytest
from copier import _template, _user_data
from copier._jinja_ext import YieldExtension, get_yield_context
from copier.errors import InvalidConfigFileError
from jinja2.sandbox import SandboxedEnvironment

ROOMS = "{% yield room from rooms %}{{ room }}{% endyield %}"


def test_a_text_is_read_with_the_delimiters_of_its_environment() -> None:
    ours = SandboxedEnvironment(variable_start_string="<<", variable_end_string=">>")
    for _ in range(2):
        assert SandboxedEnvironment().from_string("{{ a }} << a >>").render(a=1) == "1 << a >>"
        assert ours.from_string("{{ a }} << a >>").render(a=2) == "{{ a }} 2"


def test_what_a_text_yields_is_forgotten_before_the_next() -> None:
    environment = SandboxedEnvironment(extensions=[YieldExtension])
    for rooms in (["hall"], ["attic"]):
        assert environment.from_string("{{ plain }}").render() == ""
        assert get_yield_context(environment).yield_name is None
        environment.from_string(ROOMS).render(rooms=rooms)
        assert get_yield_context(environment).yield_iterable == rooms


def test_who_changes_what_a_text_means_changes_it_for_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "copier.yml").write_text("names: [ann]")
    for _ in range(2):
        names = _user_data.parse_yaml_string("[ann]")
        config = _template.load_template_config(tmp_path / "copier.yml")
        assert names == ["ann"]
        assert config == {"names": ["ann"]}
        names.append("bob")
        config["names"].append("bob")


def test_a_config_is_what_it_is_now_and_what_it_includes(tmp_path: Path) -> None:
    config, included = tmp_path / "copier.yml", tmp_path / "more.yml"
    for text, name in (("a: 1", "a"), ("b: 1", "b"), ("!include more.yml", "c")):
        config.write_text(text)
        included.write_text("c: 1")
        assert _template.load_template_config(config) == {name: 1}
    included.write_text("d: 1")
    assert _template.load_template_config(config) == {"d": 1}
    for _ in range(2):
        config.write_text("[")
        with pytest.raises(InvalidConfigFileError):
            _template.load_template_config(config, quiet=True)
