"""What is mounted is named as a server would be told."""

import pytest

from scaffold.errors import UsageError
from scaffold.migrate.application import Application, parse_application


@pytest.mark.parametrize(
    ("text", "module", "name"),
    [
        ("shop:app", "shop", "app"),
        ("shop.web:create_app()", "shop.web", "create_app"),
        ("shop:create_app('production', debug=False)", "shop", "create_app"),
    ],
)
def test_a_name_and_a_call_are_read(text: str, module: str, name: str) -> None:
    application = parse_application(text)
    assert (application.module, application.name, str(application)) == (module, name, text)


@pytest.mark.parametrize(
    "text", ["", "shop", "shop:", "shop/web:app", "shop:app.x", "shop:f(g())", "shop:f(", "a b:c"]
)
def test_all_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not MODULE:NAME"):
        parse_application(text)


def test_what_is_called_app_is_called_otherwise() -> None:
    assert Application("app.web", "app").moved == Application("flask_app.web", "app")
    assert Application("application", "app").moved == Application("application", "app")
