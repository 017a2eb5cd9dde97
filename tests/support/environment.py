"""The environment of child processes: nothing of this test run leaks into them."""

import os
import sys

# Would make the child install into, or import from, the environment that runs the tests; compile all
# of its packages at every start; or report as to a build server.
OF_THIS_RUN = (
    "CI",
    "CONDA_PREFIX",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_PROJECT",
    "UV_PROJECT_ENVIRONMENT",
    "VIRTUAL_ENV",
)
# All that a service inherits. Its settings come from the test and from nowhere else.
OF_A_SERVICE = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")


def python() -> str:
    """The interpreter that generated projects are installed with."""
    return os.environ.get("UV_PYTHON", sys.executable)


def for_tools() -> dict[str, str]:
    """For uv and git: proxies, caches and package indexes of this machine, but no virtual env."""
    inherited = {name: value for name, value in os.environ.items() if name not in OF_THIS_RUN}
    return inherited | {"UV_PYTHON": python(), "GIT_CONFIG_GLOBAL": os.devnull}


def for_service(bin_folder: str) -> dict[str, str]:
    """For a service: like its container, almost empty."""
    inherited = {name: os.environ[name] for name in OF_A_SERVICE if name in os.environ}
    return inherited | {"PATH": f"{bin_folder}{os.pathsep}{os.defpath}"}
