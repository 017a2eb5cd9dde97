"""Schemathesis, with every check it has: the OpenAPI document and the service say the same."""

import json
import re
from pathlib import Path

from tests.contract.conftest import NewUser, Start
from tests.support.combinations import every_signed_in_framework
from tests.support.projects import REPOSITORY
from tests.support.schemathesis import judge

# Two users; what one of them made, the other must not be able to read.
USERS = """
[auth.wfc]
path = "users.json"
peers = ["ann", "bob"]
"""
# Each operation succeeded, and each that needs a token was refused without one.
SEEN = {
    ("POST", "/api/v1/auth/register", 201),
    ("POST", "/api/v1/auth/token", 200),
    ("POST", "/api/v1/auth/refresh", 200),
    *(("POST", "/api/v1/auth/logout", status) for status in (204, 401)),
    *(("GET", "/api/v1/auth/me", status) for status in (200, 401)),
    *(("POST", "/api/v1/items", status) for status in (201, 401, 422)),
    *(("GET", "/api/v1/items", status) for status in (200, 401, 422)),
    *(("GET", "/api/v1/items/…", status) for status in (200, 401, 404, 422)),
    *(("PATCH", "/api/v1/items/…", status) for status in (200, 401, 404, 422)),
    *(("DELETE", "/api/v1/items/…", status) for status in (204, 401, 404, 422)),
}


@every_signed_in_framework
def test_the_document_and_the_service_say_the_same(
    start: Start, new_user: NewUser, tmp_path: Path
) -> None:
    # Each request comes from a client of its own, as if a proxy passed them on.
    service = start(TRUSTED_PROXIES="127.0.0.0/8")
    tokens = {name: new_user(service).sign_in().access_token for name in ("ann", "bob")}
    users = [
        {"name": n, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {t}"}]}
        for n, t in tokens.items()
    ]
    (tmp_path / "users.json").write_text(json.dumps({"auth": users}))
    judge(
        f"{service.url}/openapi.json",
        "--checks=all",
        folder=tmp_path,
        configuration=USERS,
        PYTHONPATH=str(REPOSITORY),
        SCHEMATHESIS_HOOKS="tests.contract.schemathesis_hooks",
        SCHEMATHESIS_SERVICE=service.url,
        SCHEMATHESIS_TOKEN=tokens["ann"],
    )
    answered = {
        (line["method"], re.sub(r"/items/.+", "/items/…", line["path"]), line["status"])
        for line in service.log()
        if line["message"] == "request"
    }
    assert answered >= SEEN, SEEN - answered
