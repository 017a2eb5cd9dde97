"""What schemathesis has to know of a service and no schema can say; loaded by its own process.

`SCHEMATHESIS_SERVICE` names the service, `SCHEMATHESIS_TOKEN` is what signs the first user in, and
`SCHEMATHESIS_RESOURCES` has the entries of the resources in JSON.
"""

import itertools
import json
import os
import string
from typing import Any

import httpx
import schemathesis
from hypothesis import strategies as st

from tests.support.resource_rules import Resource, Rows, resources
from tests.support.users import AUTH, PASSWORD, new_email, register

# So many rows are made of what others refer to; nobody guesses the ids of the last ones.
TARGETS = 20
# What the document says can be referred to: a path, and an id.
offered: set[tuple[str, int]] = set()
MISSING = 2**62
URL = os.environ["SCHEMATHESIS_SERVICE"]
SIGNED_IN = {"Authorization": f"Bearer {os.environ['SCHEMATHESIS_TOKEN']}"}

_numbers = itertools.count(1)


def next_client() -> dict[str, str]:
    """The header that makes a request come from another client, so that no limit is met."""
    number = next(_numbers)
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


http = httpx.Client(base_url=URL, trust_env=False, headers=next_client())
user = register(http)
word = st.text(string.ascii_lowercase, min_size=1, max_size=20)

made = resources(json.loads(os.environ["SCHEMATHESIS_RESOURCES"]), "jwt")
rows = Rows(made, lambda path, body: http.post(path, json=body, headers=SIGNED_IN))


def cursors(resource: Resource) -> list[str]:
    """Cursors that the service gives out for a resource; it takes no others."""
    for _ in range(4):
        rows.create(resource)
    pages = (
        http.get(resource.path, params={"limit": limit}, headers=SIGNED_IN) for limit in (1, 2, 3)
    )
    return [page.json()["next_cursor"] for page in pages]


for resource in made.values():
    schemathesis.openapi.format(f"cursor-{resource.name}", st.sampled_from(cursors(resource)))
# The names that nobody can have, such as those of .test, are refused.
schemathesis.openapi.format("email", st.builds("{}@{}.org".format, word, word))


# What no short schema says: to it 1.0 is an integer, and to the services none; and what every database
# keeps inside of a JSON value.
INTEGERS = {f.name for r in made.values() for f in r.fields if f.type in ("int", "bigint", "ref")}
VALUES = {f.name for r in made.values() for f in r.fields if f.type == "json"}


def taken(name: str, value: Any) -> Any:
    """A member as the services take it."""
    if name in INTEGERS and isinstance(value, float) and value.is_integer():
        return int(value)
    return kept(value) if name in VALUES and isinstance(value, list | dict) else value


def kept(value: Any, depth: int = 0) -> Any:
    """A JSON value without what not every database keeps."""
    if isinstance(value, list) and depth < 10:
        return [kept(part, depth + 1) for part in value]
    if isinstance(value, dict) and depth < 10:
        return {name.replace("\0", ""): kept(part, depth + 1) for name, part in value.items()}
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list | dict) or (isinstance(value, int) and abs(value) >= 2**63):
        return None
    return value


def class_of(resource: Resource) -> str:
    """The name of its class."""
    return "".join(word.capitalize() for word in resource.singular.split("_"))


@schemathesis.hook
def before_load_schema(_context: object, raw_schema: dict[str, Any]) -> None:
    """Add what is known here: whose cursors there are, what can be referred to, who may sign in."""
    schemas = raw_schema["components"]["schemas"]
    for resource in made.values():
        for parameter in raw_schema["paths"][resource.path]["get"]["parameters"]:
            if parameter["name"] == "cursor":
                for schema in parameter["schema"].get("anyOf", [parameter["schema"]]):
                    if schema["type"] == "string":
                        schema["format"] = f"cursor-{resource.name}"
        for field in resource.references:
            target = made[field.argument]
            ids = [rows.create(target)["id"] for _ in range(TARGETS)][-2:]
            offered.update((target.path, row_id) for row_id in ids)
            for name in ("Create", "Update"):
                members = schemas[f"{class_of(resource)}{name}"]["properties"]
                members[field.name] = {"enum": [*ids, None] if field.optional else ids}
    schemas["Credentials"]["example"] = {"username": user.email, "password": PASSWORD}
    schemas["RefreshToken"]["example"] = {"refresh_token": user.sign_in().refresh_token}
    schemas["Registration"]["example"] = {"email": new_email(), "password": PASSWORD}
    # The same on the wire. Schemathesis tries what happens without a token for this scheme only.
    for name in raw_schema["components"]["securitySchemes"]:
        raw_schema["components"]["securitySchemes"][name] = {"type": "http", "scheme": "bearer"}


@schemathesis.hook
def before_call(_context: object, case: Any, **_: object) -> None:
    """Keep the users of the run signed in: a logout ends another session."""
    case.headers.update(next_client())
    if case.method == "DELETE":
        # What can be referred to stays, also where a list has led to it.
        for name, row_id in case.path_parameters.items():
            if (case.operation.path.rpartition("/")[0], row_id) in offered:
                case.path_parameters[name] = MISSING
    if isinstance(case.body, dict):
        case.body = {name: taken(name, value) for name, value in case.body.items()}
    if case.operation.path == f"{AUTH}/logout" and SIGNED_IN.items() <= case.headers.items():
        case.headers["Authorization"] = f"Bearer {user.sign_in().access_token}"
