"""What every kind of test shares: the projects of this session."""

import os
from pathlib import Path

import pytest

from tests.support import compiled, remembered
from tests.support.projects import Projects

UNIT = Path(__file__).parent / "unit"

# Where it is set, each of some hundred processes of the tests would compile all of its packages again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_configure(config: pytest.Config) -> None:
    """Leave out what passed before, where that is asked for; render quickly."""
    remembered.register(config)
    compiled.keep()


def pytest_xdist_auto_num_workers() -> int:
    """Run twice as many tests at once as there are processors: most wait for a service half the time."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a combination's tests of one module together, as pytest's own order does not.

    It brings together the parameters of the same place in different lists, goes from module to
    module for them, and what a module shares would be made again each time. What belongs to no
    group comes last, and of that the shortest, so that nothing long is left for one process at the end.
    """

    def place(item: pytest.Item) -> tuple[bool, list[str], bool, Path]:
        groups = sorted(mark.args[0] for mark in item.iter_markers("xdist_group"))
        return not groups, groups, item.path.is_relative_to(UNIT), item.path

    items.sort(key=place)


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Projects:
    """Generated projects, each built once and shared by all xdist workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "projects"
    folder.mkdir(exist_ok=True)
    return Projects(folder)
