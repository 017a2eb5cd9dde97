"""What docs/updates-compared.md says of `scaffold update`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts.compare_updates.project import Machine, Ran
from scripts.compare_updates.scenario import Scenario
from scripts.compare_updates.scenarios import SCENARIOS
from scripts.compare_updates.tools import Scaffold
from tests.support import in_process
from tests.support.projects import REPOSITORY

PAGE = REPOSITORY / "docs" / "updates-compared.md"


class Caller(Machine):
    """A machine that calls the tool in this process; what is killed is started all the same."""

    def run(self, command: Sequence[str], cwd: Path, **environment: str) -> Ran:
        if tuple(command[:3]) != (sys.executable, "-m", "scaffold"):
            return super().run(command, cwd, **environment)
        env = {**self.environment, **environment}
        ended = in_process.run(command[3:], cwd, env, stdin="")
        return Ran(ended.code, f"{ended.out}{ended.err}".encode())


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scaffold_is_right(scenario: Scenario, tmp_path: Path) -> None:
    assert scenario.play(Scaffold(), Caller(tmp_path)) == []


def test_the_page_has_every_scenario_with_scaffold_right_in_all() -> None:
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")
    ][2:-1]
    assert len(rows) == 20
    for scenario, row in zip(SCENARIOS, rows, strict=True):
        assert row.startswith(f"| {scenario.name} | {scenario.right} | ✓ |")
