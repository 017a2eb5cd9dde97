"""What `poe dev` says when it starts, for any settings."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from tests.support.forms import SHARED, Form, forms_of

TEMPLATE = SHARED / "app/server/development_banner.py.jinja"


def banner_of(form: Form) -> Any:
    """The module of a project, whose settings the test makes."""
    module: Any = ModuleType("development_banner")
    settings = SimpleNamespace(ENV_FILE=Path(".env"), Settings=SimpleNamespace)
    with patch.dict(sys.modules, {"app": ModuleType("app"), "app.settings": settings}):
        exec(form.text, vars(module))  # noqa: S102 - what a project would import
    return module


@pytest.fixture(params=[False, True], ids=["plain", "websockets"])
def banner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module with and without a page for WebSockets, in an empty environment."""
    for name in ("HOST", "PORT", "JWT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    forms = (form for form in forms_of("fastapi", TEMPLATE))
    return banner_of(next(form for form in forms if ("websockets", request.param) in form.answers))


def settings(*given: str) -> SimpleNamespace:
    """Settings of which these were given."""
    return SimpleNamespace(port=8000, model_fields_set=set(given))


def rows(text: str) -> dict[str, str]:
    """The rows of a banner by their titles."""
    lines = [line.strip() for line in text.splitlines() if line.startswith("  ")]
    return {title: rest.strip() for title, _, rest in (line.partition("  ") for line in lines)}


def test_it_names_each_page_that_the_service_has(banner: Any) -> None:
    found = rows(banner.write_banner(settings(), "127.0.0.1"))
    assert found.pop("Settings") == "the defaults"
    assert found.pop("WebSocket demo", "http://127.0.0.1:8000/ws-demo").endswith("/ws-demo")
    assert found == {
        "Documentation": "http://127.0.0.1:8000/docs",
        "Service": "http://127.0.0.1:8000",
    }


@pytest.mark.parametrize(
    ("host", "url", "more"),
    [
        ("localhost", "http://localhost:8000", ""),
        ("::1", "http://[::1]:8000", ""),
        ("0.0.0.0", "http://127.0.0.1:8000", ", from other machines too (HOST=0.0.0.0)"),  # noqa: S104
        ("::", "http://[::1]:8000", ", from other machines too (HOST=::)"),
    ],
)
def test_its_addresses_can_be_opened_whatever_the_host_is(
    banner: Any, host: str, url: str, more: str
) -> None:
    found = rows(banner.write_banner(settings("host"), host))
    assert found["Documentation"] == f"{url}/docs"
    assert found["Service"] == url + more


def test_it_says_where_each_setting_comes_from(
    banner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "8000")
    # An empty variable sets nothing, and these two are its own.
    monkeypatch.setenv("HOST", "")
    given = settings("port", "host", "jwt_secret", "environment", "web_concurrency")
    assert banner.describe_sources(given) == (
        "PORT from the environment; HOST, JWT_SECRET from .env; all others have their defaults"
    )
