"""What every kind of test shares: the projects of this session."""

import gc
import os
import pickle
import shutil
import tempfile
from collections.abc import Generator
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.support import compiled, forms, remembered
from tests.support.alembic import Alembic
from tests.support.forms import Form
from tests.support.projects import Projects

UNIT = "tests/unit/"

# Where it is set, each of some hundred processes of the tests would compile all of its packages again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Installed projects stand beside uv's cache, whose files they link. The name is none of those that a
# remembered pass depends on, since the folder is another one in each run.
ON_DISK = "PROJECTS_OF_THE_TESTS"
# All other files live in memory, where there is enough: a disk takes longer to find room for thousands
# of small ones than git and the tool take for their work.
MEMORY = Path("/dev/shm")  # noqa: S108 - each run has a folder of its own there
MEMORY_BYTES = 8 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """Leave out what passed before, where that is asked for; render quickly."""
    remembered.register(config)
    compiled.keep()
    if ON_DISK not in os.environ:
        os.environ[ON_DISK] = own_folder(config, tempfile.gettempdir())
        if has_memory():
            os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)
            os.environ["TMPDIR"] = tempfile.tempdir = own_folder(config, str(MEMORY))


def own_folder(config: pytest.Config, place: str) -> str:
    """Make a folder that is removed when the tests end."""
    folder = tempfile.mkdtemp(prefix="scaffold-tests-", dir=place)
    config.add_cleanup(partial(shutil.rmtree, folder, ignore_errors=True))
    return folder


def has_memory() -> bool:
    """Whether what the tests write fits into the memory of this machine."""
    if not MEMORY.is_dir():
        return False
    free = shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available
    return min(free) >= MEMORY_BYTES


def pytest_xdist_auto_num_workers() -> int:
    """Run twice as many tests at once as there are processors.

    That keeps them busy. With three times as many, each test waits longer for a processor, and more of
    them come too late for what they are to see.
    """
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while thousands of tests are found: none of them is, and half of the time went there."""
    gc.disable()
    done = yield
    gc.freeze()  # nor among them later
    gc.enable()
    return done


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a combination's tests of one module together, as pytest's own order does not.

    It brings together the parameters of the same place in different lists, goes from module to
    module for them, and what a module shares would be made again each time. What belongs to no
    group comes last, and of that the shortest, so that nothing long is left for one process at the end:
    xdist begins with the groups that have the most tests, and keeps the order of the others.
    """

    def place(item: pytest.Item) -> tuple[bool, list[str], bool, str]:
        groups = sorted(mark.args[0] for mark in item.iter_markers("xdist_group"))
        module = item.nodeid.partition("::")[0]
        return not groups, groups, module.startswith(UNIT), module

    items.sort(key=place)


@pytest.fixture(scope="session")
def projects() -> Projects:
    """Generated projects, each built once and shared by all xdist workers."""
    return Projects(Path(os.environ[ON_DISK]))


@pytest.fixture(scope="session")
def all_forms(projects: Projects) -> tuple[Form, ...]:
    """The forms of every file. They take seconds of processor time, so one process makes them for all."""
    stored = projects.folder / "forms.pickle"
    with projects.once("forms") as first:
        if first:
            stored.write_bytes(pickle.dumps(tuple(forms.all_forms())))
    made: tuple[Form, ...] = pickle.loads(stored.read_bytes())  # noqa: S301 - written by this run
    return made


@pytest.fixture(scope="session")
def alembic(tmp_path_factory: pytest.TempPathFactory) -> Alembic:
    """Runs commands of Alembic in projects."""
    return Alembic(tmp_path_factory.mktemp("alembic"))
