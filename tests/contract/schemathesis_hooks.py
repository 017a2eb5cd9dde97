"""What schemathesis has to know of a service and no schema can say; loaded by its own process.

`SCHEMATHESIS_SERVICE` names the service, `SCHEMATHESIS_TOKEN` is what signs the first user in.
"""

import itertools
import os
import string
from typing import Any

import httpx
import schemathesis
from hypothesis import strategies as st

from tests.support.users import AUTH, PASSWORD, new_email, register

ITEMS = "/api/v1/items"
URL = os.environ["SCHEMATHESIS_SERVICE"]
SIGNED_IN = {"Authorization": f"Bearer {os.environ['SCHEMATHESIS_TOKEN']}"}

_numbers = itertools.count(1)


def next_client() -> dict[str, str]:
    """The header that makes a request come from another client, so that no limit is met."""
    number = next(_numbers)
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


def cursors() -> list[str]:
    """Cursors that the service gives out; it takes no others."""
    given = []
    for limit in range(1, 4):
        http.post(ITEMS, json={"name": "thing", "price": 1}, headers=SIGNED_IN)
        http.post(ITEMS, json={"name": "thing", "price": 1}, headers=SIGNED_IN)
        page = http.get(ITEMS, params={"limit": limit}, headers=SIGNED_IN).json()
        given.append(page["next_cursor"])
    return given


http = httpx.Client(base_url=URL, trust_env=False, headers=next_client())
user = register(http)
word = st.text(string.ascii_lowercase, min_size=1, max_size=20)

schemathesis.openapi.format("cursor", st.sampled_from(cursors()))
# The names that nobody can have, such as those of .test, are refused.
schemathesis.openapi.format("email", st.builds("{}@{}.org".format, word, word))


@schemathesis.hook
def before_load_schema(_context: object, raw_schema: dict[str, Any]) -> None:
    """Add what is known here: where a cursor stands, who may sign in, what a bearer token is."""
    for parameter in raw_schema["paths"][ITEMS]["get"]["parameters"]:
        if parameter["name"] == "cursor":
            for schema in parameter["schema"]["anyOf"]:
                if schema["type"] == "string":
                    schema["format"] = "cursor"
    schemas = raw_schema["components"]["schemas"]
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
    if case.operation.path == f"{AUTH}/logout" and SIGNED_IN.items() <= case.headers.items():
        case.headers["Authorization"] = f"Bearer {user.sign_in().access_token}"
