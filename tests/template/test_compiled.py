"""Templates are compiled once in a run of the tests, and each environment reads them its own way."""

from copier._jinja_ext import YieldExtension, get_yield_context
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
