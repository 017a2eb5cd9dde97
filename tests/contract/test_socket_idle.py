"""Contract, "WebSockets": a client that is there answers pings; one that does not is given up."""

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.combinations import FRAMEWORKS
from tests.support.projects import Projects
from tests.support.services import Service
from tests.support.sockets import LOST, PING, PONG, join, new_room

PING_SECONDS = 20
# Either way, on a busy machine.
NOISE_SECONDS = 6
# Nobody is there to read why; a library may say it all the same.
GIVEN_UP = {LOST, 1011}


@pytest.mark.xdist_group("patience")
def test_who_answers_no_ping_is_given_up_and_who_does_stays(
    projects: Projects, tmp_path: Path
) -> None:
    # Both frameworks side by side, because it takes as long as it takes.
    with ExitStack() as stack:
        services = []
        for framework in FRAMEWORKS:
            project = projects.project(framework, "none", websockets=True)
            services.append(stack.enter_context(Service(project, tmp_path / framework, {})))
        started, pairs = time.monotonic(), []
        for service in services:
            quiet, dead = (stack.enter_context(join(service, new_room())) for _ in range(2))
            for entered in (quiet, dead):
                entered.connection.settimeout(2 * PING_SECONDS)
            pairs.append((quiet, dead))
        for quiet, dead in pairs:
            ping = quiet.receive_any()
            assert (ping.opcode, dead.receive_any().opcode) == (PING, PING)
            quiet.send(ping.payload, PONG)
        assert abs(time.monotonic() - started - PING_SECONDS) < NOISE_SECONDS
        for quiet, dead in pairs:
            assert dead.end() in GIVEN_UP
            quiet.hears_nothing()
        assert abs(time.monotonic() - started - 2 * PING_SECONDS) < NOISE_SECONDS
