"""The workers of a service, asked one by one."""

from collections import defaultdict
from contextlib import ExitStack, suppress

from tests.support import wire
from tests.support.services import Service
from tests.support.sockets import worker_of

# One idle worker may take all connections that come one by one.
AT_ONCE = 8


def ask_workers(
    service: Service, method: str, path: str, body: bytes = b""
) -> dict[int, list[wire.Answer]]:
    """What each worker answers to the same request, as far as many connections can tell."""
    headers = ("Host: x", "Content-Type: application/json", f"Content-Length: {len(body)}")
    request = wire.head(method, path, *headers, *service.credentials) + body
    answers = defaultdict(list)
    with ExitStack() as stack:
        connections = [stack.enter_context(service.connection()) for _ in range(AT_ONCE)]
        for connection in connections:
            connection.sendall(request)
        for connection in connections:
            answer = wire.receive(connection, method)
            with suppress(ValueError):  # it hung up meanwhile
                worker = worker_of(service, connection)
                answers[worker].append(answer)
    return answers
