"""Both applications answer recorded requests alike; until flask_app/ is gone.

Each file of `tests/parity/` begins with an empty database. A line of it is a request: `method`, `path`, and where they
are needed `headers`, `json` or `data`. `save` keeps members of the answer for the lines below, which name them `$NAME`.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.strangler.old_application import create_flask
from app.strangler.routes import list_routes
from tests.database_fixtures import remove_rows

RECORDINGS = sorted(Path(__file__).with_name("parity").glob("*.jsonl"))
# What each answer rightly has for itself.
OWN_HEADERS = {"content-length", "date", "ratelimit", "retry-after", "x-request-id"}
OWN_MEMBERS = {
    "access_token",
    "created_at",
    "id",
    "next_cursor",
    "refresh_token",
    "request_id",
    "updated_at",
}


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda file: file.stem)
def test_both_applications_answer_alike(recording: Path) -> None:
    lines = recording.read_text(encoding="utf-8").splitlines()
    every_route = " ".join(list_routes(create_flask(Settings(environment="test"))))
    old, new = replay(lines, every_route), replay(lines, "")
    for number, answers in enumerate(zip(old, new, strict=True), 1):
        assert answers[1] == answers[0], f"{recording.name}:{number}: {lines[number - 1]}"


def replay(lines: list[str], old_routes: str) -> list[dict[str, Any]]:
    """Send the requests to an application, of which Flask has some routes; return the answers."""
    app = create_app(Settings(environment="test", old_routes=old_routes))
    saved: dict[str, str] = {}
    answers = []
    with TestClient(app, raise_server_exceptions=False) as client:
        for line in lines:
            request = json.loads(fill(line, saved))
            save = request.pop("save", {})
            response = client.request(request.pop("method"), request.pop("path"), **request)
            # The answer to HEAD has no content.
            is_json = response.content and "json" in response.headers.get("Content-Type", "")
            content = response.json() if is_json else response.text
            saved |= {name: str(content[member]) for name, member in save.items()}
            answers.append(
                {
                    "status": response.status_code,
                    "headers": sorted(
                        (name, re.sub(r"\d+", "0", value) if name == "location" else value)
                        for name, value in response.headers.multi_items()
                        if name not in OWN_HEADERS
                    ),
                    "content": mask(content),
                }
            )
        portal = client.portal
        assert portal is not None
        portal.call(remove_rows, app.state.engine)
    return answers


def fill(line: str, saved: dict[str, str]) -> str:
    """Write what was saved in place of its names."""
    return re.sub(r"\$(\w+)", lambda name: saved.get(name[1], name[0]), line)


def mask(content: Any) -> Any:
    """Leave out what each answer has for itself, at whatever depth."""
    if isinstance(content, dict):
        return {
            name: "…" if name in OWN_MEMBERS and member is not None else mask(member)
            for name, member in content.items()
        }
    return [mask(member) for member in content] if isinstance(content, list) else content
