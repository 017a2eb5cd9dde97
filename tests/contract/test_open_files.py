"""Contract, "Slow clients": who stalls makes way, where a worker has no more files to open."""

from contextlib import ExitStack
from pathlib import Path

from tests.contract import expect
from tests.contract.conftest import Start
from tests.support import wire
from tests.support.bootstrap import customized
from tests.support.combinations import every_framework
from tests.support.services import PATIENCE_SECONDS, eventually

pytestmark = every_framework

FILES = 256
FEW_FILES = f"import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, ({FILES}, {FILES}))\n"
HEAD = wire.head("POST", "/api/v1/items", "Host: x", "Content-Length: 50")
STALLS = [b"", HEAD[:20], HEAD + b"{"]


def test_clients_that_stall_keep_nobody_out(start: Start, tmp_path: Path) -> None:
    service = start(PYTHONPATH=customized(tmp_path, FEW_FILES))

    def answers() -> bool:
        with service.connection() as connection:
            try:
                connection.sendall(wire.head("GET", "/livez", "Host: x"))
                return wire.receive(connection).status_code == 200
            except ConnectionError:
                return False

    with ExitStack() as stack:
        for number in range(FILES):
            connection = stack.enter_context(service.connection())
            connection.sendall(STALLS[number % len(STALLS)])
        # Those that came in one go are still being counted.
        eventually(answers, PATIENCE_SECONDS, "nobody new can connect")
        assert all(answers() for _ in range(50))
    expect.ok(service.client.get("/livez"))
