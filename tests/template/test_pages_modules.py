"""What pages are made of, tried without a service: cookies, origins, the paths after a sign-in."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest

SHARED = Path(__file__).parents[2] / "templates" / "shared"


class Load(Protocol):
    """Imports a module of the pages."""

    def __call__(self, name: str) -> ModuleType: ...


@pytest.fixture(scope="module")
def load() -> Iterator[Load]:
    """The modules of projects."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SHARED)
        yield lambda name: importlib.import_module(f"app.pages.{name}")
        for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
            del sys.modules[name]


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("", None),
        ("session=a", "a"),
        ("a=b; session=c; d=e", "c"),
        ("a=b;session=c;d=e", "c"),
        ("session=", ""),
        ("session", None),
        ("session=a; session=b", None),
        ("session=a; session=a", None),
        ("Session=a", None),
        ("xsession=a", None),
        ("session=a=b", "a=b"),
        ("x; session=a;;", "a"),
        ('a="b; session=c"', 'c"'),
    ],
)
def test_a_cookie_is_read_where_there_is_one(load: Load, header: str, values: str | None) -> None:
    assert load("cookies").Cookies("development").read(header, "session") in (
        (values,) if values else (None, "")
    )


@pytest.mark.parametrize("environment", ["production", "development", "test"])
def test_a_cookie_is_written_for_this_host_and_no_script(load: Load, environment: str) -> None:
    cookies = load("cookies").Cookies(environment)
    in_production = environment == "production"
    name = "__Host-session" if in_production else "session"
    assert cookies.name("session") == name
    value, *attributes = cookies.set("session", "x.y", 60).split("; ")
    assert value == f"{name}=x.y"
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=60"} | (
        {"Secure"} if in_production else set()
    )
    deleted, *attributes = cookies.delete("session").split("; ")
    assert deleted == f"{name}="
    assert "Max-Age=0" in attributes
    assert cookies.read(f"{name}=x", "session") == "x"


HOST = "shop.example:8000"


@pytest.mark.parametrize(
    ("method", "site", "origin", "same"),
    [
        ("GET", "cross-site", "https://e.example", True),
        ("HEAD", "cross-site", None, True),
        ("OPTIONS", None, None, True),
        ("POST", "same-origin", None, True),
        ("POST", "same-origin", "null", True),
        ("POST", "none", None, True),
        ("POST", "same-site", f"http://{HOST}", False),
        ("POST", "cross-site", f"http://{HOST}", False),
        ("POST", "x", f"http://{HOST}", False),
        ("POST", None, f"http://{HOST}", True),
        ("POST", None, f"https://{HOST}", True),
        ("POST", None, "http://shop.example", False),
        ("POST", None, "http://shop.example:8001", False),
        ("POST", None, f"http://{HOST}.e.example", False),
        ("POST", None, f"http://x@{HOST}", False),
        ("POST", None, f"http://{HOST}@e.example", False),
        ("POST", None, f"http://e.example/{HOST}", False),
        ("POST", None, f"//{HOST}", False),
        ("POST", None, HOST, False),
        ("POST", None, "null", False),
        ("POST", None, "http://[", False),
        ("POST", None, "", False),
        ("POST", None, None, False),
        ("PUT", None, None, False),
        ("DELETE", "cross-site", None, False),
    ],
)
def test_a_request_is_of_this_origin_or_not(
    load: Load, method: str, site: str | None, origin: str | None, same: bool
) -> None:
    assert load("csrf").is_same_origin(method, site or "", origin or "", HOST) is same


def test_without_a_host_no_origin_is_this_one(load: Load) -> None:
    for origin in ("", "null", "http://"):
        assert not load("csrf").is_same_origin("POST", "", origin, "")


SESSION = "0b0b0b0b-0000-4000-8000-000000000000"
KEYS = {"jwt_secret": "0123456789abcdef" * 2, "jwt_previous_secret": None}


def session_cookie(load: Load, **settings: str) -> Any:
    module = load("session_cookie")
    return module.SessionCookie(module.AuthSettings(**KEYS | settings))


def test_a_session_is_read_from_its_own_cookie_alone(load: Load) -> None:
    cookie = session_cookie(load)
    text = cookie.sign(SESSION)
    assert cookie.read(text) == SESSION
    changed = [
        text[:place] + ("y" if character == "x" else "x") + text[place + 1 :]
        for place, character in enumerate(text)
    ]
    others = ["", ".", SESSION, f"{SESSION}.", text[:-1], f"{text}=", text.upper(), "a" * 9000]
    # The last character of 32 bytes in Base64 has two bits of which nothing is told.
    others += [text[:-1] + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if text[-1] != last]
    for forged in [*changed, *others, f"é{text[1:]}"]:
        assert cookie.read(forged) is None, forged


def test_a_session_is_read_with_the_previous_secret_and_signed_with_the_new_one(load: Load) -> None:
    new = "fedcba9876543210" * 2
    old = session_cookie(load)
    both = session_cookie(load, jwt_secret=new, jwt_previous_secret=str(KEYS["jwt_secret"]))
    assert both.read(old.sign(SESSION)) == SESSION
    assert both.sign(SESSION) == session_cookie(load, jwt_secret=new).sign(SESSION)
    assert session_cookie(load, jwt_secret=new).read(old.sign(SESSION)) is None
