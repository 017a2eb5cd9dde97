"""What every kind of test shares: the projects of this session."""

import os

import pytest

from tests.support.projects import Projects

# Where it is set, each of some hundred processes of the tests would compile all of its packages again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a combination's tests of one module together, as pytest's own order does not.

    It brings together the parameters of the same place in different lists, goes from module to
    module for them, and what a module shares would be made again each time.
    """
    items.sort(key=lambda i: (sorted(m.args[0] for m in i.iter_markers("xdist_group")), i.path))


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Projects:
    """Generated projects, each built once and shared by all xdist workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "projects"
    folder.mkdir(exist_ok=True)
    return Projects(folder)
