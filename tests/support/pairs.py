"""The services of both frameworks side by side: each request goes to both, and has one answer."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from tests.support.services import Service

# What a proxy or a server sets for one connection; it is no part of the answer.
HOP_BY_HOP = {"connection", "date", "keep-alive", "transfer-encoding"}
# What rightly differs between two services. Ids do not: both were asked the same from the start.
DIFFERENT = (
    (re.compile(r'"request_id":"[^"]*"'), '"request_id":"…"'),
    (re.compile(r'"(created_at|updated_at)":"[\d:.TZ-]+"'), r'"\1":"…"'),
)


def seen(answer: httpx.Response) -> tuple[int, dict[str, str], str]:
    """All that a client sees of an answer."""
    content = answer.content.decode("utf-8", "surrogateescape")
    for pattern, replacement in DIFFERENT:
        content = pattern.sub(replacement, content)
    headers = {
        name.lower(): value
        for name, value in answer.headers.items()
        if name.lower() not in (*HOP_BY_HOP, "x-request-id")
    }
    return answer.status_code, headers, content


@dataclass(frozen=True)
class Pair:
    """Two services with databases of their own that were asked the same, in the same order."""

    services: tuple[Service, ...]
    # What signs a request in at each; nothing for who is not signed in.
    tokens: tuple[str | None, ...]

    def signed_in(self, *tokens: str | None) -> "Pair":
        """The pair in the hands of somebody else."""
        return replace(self, tokens=tokens or (None,) * len(self.services))

    def alone(self, number: int) -> "Pair":
        """One of the two."""
        return replace(self, services=(self.services[number],), tokens=(self.tokens[number],))

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        """Send a request to both; the answer, which is the same from both, byte for byte."""
        answers = []
        for service, token in zip(self.services, self.tokens, strict=True):
            sent = {"Authorization": f"Bearer {token}"} if token else {"Authorization": ""}
            request = service.client.build_request(
                method, path, headers={**sent, **(headers or {})}, **options
            )
            if not request.headers["Authorization"]:
                del request.headers["Authorization"]
            answers.append(service.client.send(request, auth=None))
        first, *others = map(seen, answers)
        for other in others:
            assert other == first, f"{method} {path}"
        return answers[0]

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.ask("GET", path, params=query)

    def post(self, path: str, body: object) -> httpx.Response:
        return self.ask("POST", path, **of(body))

    def patch(self, path: str, body: object) -> httpx.Response:
        return self.ask("PATCH", path, **of(body))

    def delete(self, path: str) -> httpx.Response:
        return self.ask("DELETE", path)


def of(body: object) -> dict[str, Any]:
    """A body in JSON, also where it holds what UTF-8 does not."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return {
        "content": content.encode("utf-8", "surrogatepass"),
        "headers": {"Content-Type": "application/json"},
    }
