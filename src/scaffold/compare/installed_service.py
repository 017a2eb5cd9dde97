"""Temporary copies of both services, installed as their images are, with the added routes."""

import os
import re
import secrets
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scaffold.compare import code_lines
from scaffold.console import Console
from scaffold.errors import ScaffoldError
from scaffold.frameworks import FLASK, NAMES
from scaffold.project import env_file, uv
from scaffold.project.service import tail
from scaffold.template import render
from scaffold.template.questions import Answers
from scaffold.template.template import Template

PROBE_ROUTES = Path(__file__).with_name("probe_routes")
DATABASE_SERVER = "DATABASE_URL"  # of the server on which the copies get databases of their own
# What the added routes ask the slow service with, and what talks over sockets.
_CLIENTS = ("httpx2", "picows")
_COMPILED = {"UV_COMPILE_BYTECODE": "1"}  # as in the image, so that a start imports and no more
# Folders of app/ that are the template's, which an owner need not read.
_PLUMBING = ("server", "ml/importing", "ml/serving")
_AS_INSTALLED = {"UV_NO_SYNC": "1"}


@dataclass(frozen=True)
class InstalledService:
    """One service, ready to be started."""

    framework: str
    folder: Path
    answers: Answers
    settings: Mapping[str, str]
    code_lines: int  # that its owner reads: without tests, migrations and how the server runs
    packages: int  # how many are installed with it
    dependencies: Mapping[str, str]  # the version of each that the project itself names

    @property
    def has_database(self) -> bool:
        """The service keeps items."""
        return bool(self.answers.get("database", "none") != "none")

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return self.folder / ".venv" / "bin" / "python"

    @property
    def python_version(self) -> str:
        """The version of that interpreter."""
        settings = (self.folder / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8")
        return next(
            line.partition("=")[2].strip()
            for line in settings.splitlines()
            if line.startswith("version_info")
        )


@contextmanager
def installed_services(
    template: Template, given: Answers, derived: Answers, console: Console
) -> Iterator[dict[str, InstalledService]]:
    """Both copies, by framework, each with a migrated database of its own where it has one."""
    services = {}
    for framework, name in NAMES.items():
        with console.step(f"Installing the {name} service"):
            services[framework] = _install(framework, template, given, derived)
    with with_databases(services) as ready:
        for copy in ready.values():
            _add_routes(copy)
        yield ready


@contextmanager
def with_databases(
    services: Mapping[str, InstalledService],
) -> Iterator[dict[str, InstalledService]]:
    """The services, each with a migrated database of its own where it has one."""
    ready = dict(services)
    with ExitStack() as databases:
        for framework, copy in services.items():
            if copy.has_database:
                url = databases.enter_context(_database(copy, services[FLASK]))
                ready[framework] = replace(copy, settings={**copy.settings, DATABASE_SERVER: url})
                _migrate(ready[framework])
        yield ready


def _install(
    framework: str, template: Template, given: Answers, derived: Answers
) -> InstalledService:
    folder = template.workspace / f"{framework}-service"
    rendering = render.render(template, folder, {**given, "framework": framework}, derived)
    uv.install(folder, "--no-dev", extra=_COMPILED)
    app = folder / "app"
    lines = code_lines.count_in(app) - sum(code_lines.count_in(app / part) for part in _PLUMBING)
    packages = packages_of(folder)
    uv.add_to_environment(folder, *_CLIENTS, extra=_COMPILED)
    return InstalledService(
        framework=framework,
        folder=folder,
        answers=rendering.answers,
        settings=settings_of(rendering.facts),
        code_lines=lines,
        packages=len(packages),
        dependencies=dependencies_of(folder, packages),
    )


def dependencies_of(folder: Path, packages: Mapping[str, str]) -> dict[str, str]:
    """The versions of the packages that a project itself names."""
    requirements = _pyproject(folder)["dependencies"]
    named = {re.split(r"[^A-Za-z0-9_.-]", requirement)[0] for requirement in requirements}
    return {name: packages[name] for name in sorted(named & packages.keys())}


def settings_of(facts: Answers) -> dict[str, str]:
    """What the template sets for a load from one client, and the secrets that a start needs."""
    load = facts.get("settings_under_load") or {}
    if not isinstance(load, dict):
        raise ScaffoldError("the template's settings_under_load does not map variables to values")
    names = env_file.secret_names(facts.get("secret_settings"))
    settings = {name: str(value) for name, value in load.items()}
    return settings | {name: secrets.token_hex(32) for name in names}


def _add_routes(copy: InstalledService) -> None:
    app = copy.folder / "app"
    shutil.copy(PROBE_ROUTES / f"{copy.framework}_routes.py", app / "probe_routes.py")
    shutil.copy(PROBE_ROUTES / "order.py", app / "order.py")
    with (app / "main.py").open("a", encoding="utf-8") as main:
        main.write("\n\nfrom app.probe_routes import with_probe_routes\n\n")
        main.write("create_app = with_probe_routes(create_app)\n")


def packages_of(folder: Path) -> dict[str, str]:
    """What is installed in a project's environment."""
    places = [str(place) for place in folder.glob(".venv/lib/python*/site-packages")]
    found = metadata.distributions(path=places)
    return {
        package.metadata["Name"].lower().replace("_", "-"): package.version for package in found
    }


def _pyproject(folder: Path) -> dict[str, Any]:
    document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    return {**document["project"], "tasks": document["tool"]["poe"]["tasks"]}


@contextmanager
def _database(copy: InstalledService, driver: InstalledService) -> Iterator[str]:
    """The URL of a new database for a copy, dropped in the end; `driver` talks to its server."""
    if copy.answers["database"] == "sqlite":
        yield f"sqlite:///{copy.folder / 'compare.db'}"
        return
    name = f"scaffold_compare_{secrets.token_hex(4)}_{copy.framework}"
    # A service that was killed may still be connected.
    force = " WITH (FORCE)" if copy.answers["database"] == "postgresql" else ""
    with ExitStack() as stack:
        stack.callback(_execute, driver, f"DROP DATABASE IF EXISTS {name}{force}")
        try:
            _execute(driver, f"CREATE DATABASE {name}")
        except ScaffoldError:
            stack.pop_all()  # the server made none
            raise
        yield urlsplit(os.environ[DATABASE_SERVER])._replace(path=f"/{name}").geturl()


def _execute(copy: InstalledService, statement: str) -> None:
    """Run a statement on the server that the user named."""
    done = subprocess.run(  # noqa: S603 - the copy's own interpreter
        [str(copy.python), str(PROBE_ROUTES / "execute.py"), statement],
        cwd=copy.folder,
        env=uv.environment({"PYTHONPATH": str(copy.folder)}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ScaffoldError(
            f"{statement.partition(' scaffold_')[0]} failed on the server of {DATABASE_SERVER}: {reason}",
            "the user in it must be allowed to create databases",
        )


def _migrate(copy: InstalledService) -> None:
    task = _pyproject(copy.folder)["tasks"]["migrate"]
    command = shlex.split(task if isinstance(task, str) else task["cmd"])
    done = uv.run(copy.folder, *command, extra={**_AS_INSTALLED, **copy.settings})
    if done.returncode:
        name = NAMES[copy.framework]
        raise ScaffoldError(
            f"the tables of the {name} service could not be made", tail(done.stdout)
        )
