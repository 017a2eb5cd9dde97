"""Schemathesis, with every check it has: the OpenAPI document and the service say the same."""

import json
import re
import secrets
from pathlib import Path

from tests.support import resource_rules
from tests.support.bootstrap import Hashes
from tests.support.combinations import (
    CONTRACT_STRENGTH,
    Combination,
    each_framework,
    run_over,
)
from tests.support.databases import fresh_database
from tests.support.projects import REPOSITORY, Projects, migrate
from tests.support.resource_rules import Resource
from tests.support.schemathesis import judge
from tests.support.services import Service
from tests.support.users import register

# Two users; what one of them made, the other must not be able to read.
USERS = """
[auth.wfc]
path = "users.json"
peers = ["ann", "bob"]
"""
# Each operation succeeded, and each that needs a token was refused without one.
OF_AUTH = {
    ("POST", "/api/v1/auth/register", 201),
    ("POST", "/api/v1/auth/token", 200),
    ("POST", "/api/v1/auth/refresh", 200),
    *(("POST", "/api/v1/auth/logout", status) for status in (204, 401)),
    *(("GET", "/api/v1/auth/me", status) for status in (200, 401)),
}


def expected(resource: Resource) -> set[tuple[str, str, int]]:
    """What has to have happened to a resource; a change of no row needs more luck than the others."""
    one, many = f"{resource.path}/…", resource.path
    secret = () if resource.public_read else (401,)
    return {
        *(("POST", many, status) for status in (201, 401, 422)),
        *(("GET", many, status) for status in (200, 422, *secret)),
        *(("GET", one, status) for status in (200, 404, 422, *secret)),
        *(("PATCH", one, status) for status in (200, 401, 422)),
        *(("DELETE", one, status) for status in (204, 401, 404, 422)),
    }


@run_over(each_framework(database="postgresql", auth="jwt"))
def test_the_document_and_the_service_say_the_same(
    combination: Combination, projects: Projects, tmp_path: Path
) -> None:
    entries = tried(combination.framework)
    project = projects.with_resources(combination, entries)
    with fresh_database(combination.database, tmp_path) as url:
        settings = {
            "DATABASE_URL": url or "",
            "JWT_SECRET": secrets.token_hex(32),
            "PYTHONPATH": Hashes(tmp_path).pythonpath,
            # Each request comes from a client of its own, as if a proxy passed them on.
            "TRUSTED_PROXIES": "127.0.0.0/8",
        }
        migrate(project, **settings)
        with Service(project, tmp_path / "service", settings) as service:
            check(service, entries, tmp_path)


def tried(framework: str) -> list[resource_rules.Entry]:
    """The resources of a service: at night all, and otherwise each on one of the two.

    Both answer the same, which is tested next door, and each operation takes its time here.
    """
    if CONTRACT_STRENGTH > 2:
        return resource_rules.entries("jwt")
    of = {
        "fastapi": [resource_rules.SAMPLES],
        "flask": [resource_rules.ORDERS, resource_rules.LINES, resource_rules.MORE],
    }
    return [*resource_rules.first(), *of[framework]]


def check(service: Service, entries: list[resource_rules.Entry], folder: Path) -> None:
    """Have Schemathesis judge a service, and see that it came everywhere."""
    tokens = {name: register(service.client).sign_in().access_token for name in ("ann", "bob")}
    users = [
        {"name": n, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {t}"}]}
        for n, t in tokens.items()
    ]
    (folder / "users.json").write_text(json.dumps({"auth": users}))
    judge(
        f"{service.url}/openapi.json",
        "--checks=all",
        folder=folder,
        configuration=USERS,
        PYTHONPATH=str(REPOSITORY),
        SCHEMATHESIS_HOOKS="tests.contract.schemathesis_hooks",
        SCHEMATHESIS_RESOURCES=json.dumps(entries),
        SCHEMATHESIS_SERVICE=service.url,
        SCHEMATHESIS_TOKEN=tokens["ann"],
    )
    answered = {
        (
            line["method"],
            re.sub(r"(/api/v1/(?!auth)[^/]+)/.+", r"\1/…", line["path"]),
            line["status"],
        )
        for line in service.log()
        if line["message"] == "request"
    }
    made = resource_rules.resources(entries, "jwt").values()
    seen = OF_AUTH.union(*map(expected, made))
    assert answered >= seen, seen - answered
    assert not {line for line in answered if line[2] >= 500}
