"""`/ws-demo`: a page in which two tabs talk; in development and nowhere else."""

import re

import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.support.combinations import Combination, every_socket
from tests.support.services import Service

pytestmark = every_socket

PAGE = "/ws-demo"
FILES = {"demo.js": "text/javascript", "demo.css": "text/css"}


@pytest.mark.parametrize("path", [PAGE, *(f"{PAGE}/{name}" for name in FILES)])
def test_production_has_no_demo(service: Service, path: str) -> None:
    expect.problem(service.client.get(path), 404, instance=path)


def test_the_demo_needs_nothing_from_elsewhere(start: Start, combination: Combination) -> None:
    service = start(ENVIRONMENT="development")
    page = service.client.get(PAGE)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    # Where it makes an account, it says so.
    assert ("no account yet" in page.text) == (combination.auth == "jwt")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    # Neither another host nor a script in the page itself, which the policy would forbid.
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//|\son\w+=|\sstyle=""", page.text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page.text))
    linked = set(re.findall(r"""(?:src|href)="ws-demo/([^"]+)""", page.text))
    assert linked == set(FILES)
    for name, kind in FILES.items():
        answer = service.client.get(f"{PAGE}/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
        assert "//" not in re.sub(r"^\s*//.*$", "", answer.text, flags=re.MULTILINE)
    for path in (f"{PAGE}/nothing", f"{PAGE}/index.html", f"{PAGE}/..%2fframes.py"):
        assert service.client.get(path).status_code == 404, path
    assert not [
        path for path in service.client.get("/openapi.json").json()["paths"] if "ws" in path
    ]
