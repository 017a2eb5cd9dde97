"""The image of a generated service: built from its Dockerfile, run, stopped. No Docker engine."""

import ast
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from tests.image import base
from tests.image.base import run
from tests.support.combinations import Combination
from tests.support.databases import fresh_database, redis_server
from tests.support.missing import give_up
from tests.support.projects import Projects
from tests.support.services import PATIENCE_SECONDS, eventually, free_port
from tests.support.users import register

# One builder at a time is enough for two cores, and the base image is made once.
pytestmark = pytest.mark.xdist_group("image")

STOP_SECONDS = 30
# What the container adds to a Python image; far more than today means that something slipped in.
MOST_MEGABYTES_OVER_BASE = 130
# ONNX Runtime and NumPy.
MOST_MEGABYTES_OF_ML = 150
LIMITS = ("--ulimit", "nofile=1024:4096", "--ulimit", "nproc=1000:2000")
CERTIFICATES = Path("/etc/ssl/certs")
# What pip needs to reach an index. Constraints and folders of this machine are not in a container.
URLS = {"index-url", "extra-index-url"}
OF_AN_INDEX = URLS | {"trusted-host", "cert", "proxy", "timeout", "default-timeout", "retries"}
NOT_IN_AN_IMAGE = {"cc", "gcc", "c++", "g++", "make", "uv", "uvx", "pip", "pip3", "poe", "pytest"}


@dataclass(frozen=True)
class Image:
    """A built image, the project that it was built from, and what its settings must say."""

    name: str
    base: str
    project: Path
    combination: Combination
    settings: dict[str, str]

    @property
    def facts(self) -> dict[str, Any]:
        """What the image says of itself."""
        return inspect("image", self.name)

    @property
    def megabytes(self) -> float:
        return float(self.facts["Size"]) / 1e6

    @property
    def megabytes_over_base(self) -> float:
        return self.megabytes - float(inspect("image", self.base)["Size"]) / 1e6

    def added(self) -> set[Path]:
        """The files that the image has and its base has not."""
        return files(self.name) - files(self.base)


def inspect(kind: str, name: str) -> dict[str, Any]:
    inspected: list[dict[str, Any]] = json.loads(run("podman", kind, "inspect", name))
    return inspected[0]


def files(image: str) -> set[Path]:
    """Every file of an image, relative to its root."""
    root = Path(run("podman", "image", "mount", image).strip())
    try:
        return {Path(folder, f).relative_to(root) for folder, _, fs in os.walk(root) for f in fs}
    finally:
        run("podman", "image", "umount", image)


@pytest.fixture(
    scope="module",
    params=[
        Combination("fastapi", "sqlite", pages="htmx"),
        Combination(
            "flask",
            "postgresql",
            "jwt",
            websockets=True,
            ml=True,
            deploy="kubernetes",
            observability=True,
        ),
    ],
    ids=str,
)
def image(
    request: pytest.FixtureRequest, projects: Projects, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Image]:
    """The image of a project, removed after its tests; the base stays."""
    combination = request.param
    project = projects.installed(combination)
    base_name = base_of(project)
    if reason := base.missing(base_name):
        give_up(reason)
    try:
        base.ensure(base_name)
    except base.CannotBuild as error:
        give_up(str(error))
    name = f"localhost/scaffold-test-{combination}:{uuid4().hex}"
    build(project, name, mounts(tmp_path_factory.mktemp("mounts")))
    settings = {"JWT_SECRET": secrets.token_hex(32)} if combination.auth == "jwt" else {}
    yield Image(name, base_name, project, combination, settings)
    run("podman", "rmi", "--force", name)


def base_of(project: Path) -> str:
    """What the last stage of the Dockerfile starts from, as a full name."""
    dockerfile = (project / "Dockerfile").read_text(encoding="utf-8")
    names: list[str] = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    return f"docker.io/library/{names[-1]}"


def build(project: Path, name: str, mounted: list[str]) -> None:
    engine = ("--format", "docker", "--isolation", "chroot", "--network", "host", "--pull=never")
    run("buildah", "bud", *engine, *mounted, "--tag", name, str(project))


def mounts(folder: Path) -> list[str]:
    """How this machine reaches the package index; nothing of it stays in the image."""
    pip, uv = folder / "pip.conf", folder / "uv.toml"
    pip.write_text(pip_configuration(), encoding="utf-8")
    uv.write_text("system-certs = true\n", encoding="utf-8")
    mounted = {pip: "/etc/pip.conf", uv: "/etc/uv/uv.toml", CERTIFICATES: str(CERTIFICATES)}
    return [f"--volume={here}:{there}:ro" for here, there in mounted.items() if here.exists()]


def pip_configuration() -> str:
    """What pip is told here of its indexes, as one file."""
    return index_options(run("pip", "config", "list")) if shutil.which("pip") else ""


def index_options(listed: str) -> str:
    """A pip.conf with what reaches an index over the network, of what `pip config list` shows."""
    # Lines such as global.index-url='https://…' and :env:.timeout='60'.
    options = re.findall(r"^(?:global|:env:)\.(\S+?)=(.*)$", listed, re.MULTILINE)
    # The variables come first and win over the files.
    values = {name: ast.literal_eval(value).split() for name, value in reversed(options)}
    for name in URLS & values.keys():
        values[name] = [url for url in values[name] if url.startswith(("http://", "https://"))]
    kept = {name: words for name, words in values.items() if name in OF_AN_INDEX and words}
    if "cert" in kept:
        kept["cert"] = [str(CERTIFICATES / "ca-certificates.crt")]
    lines = [f"{name} = {' '.join(words)}" for name, words in sorted(kept.items())]
    return "\n".join(["[global]", *lines, ""])


@contextmanager
def container(image: Image, *options: str) -> Iterator[str]:
    """A running container; killed if the test left it running."""
    name = f"scaffold-test-{uuid4().hex}"
    podman = ("podman", "--runtime", "runc")
    run(*podman, "run", "--detach", "--name", name, *host(), *options, image.name)
    try:
        yield name
    finally:
        run("podman", "rm", "--force", name)


def host() -> list[str]:
    return ["--network", "host", *LIMITS]


@contextmanager
def storage(image: Image, folder: Path) -> Iterator[list[str]]:
    """The options that give a container its settings and its database: a volume or a URL."""
    settings = [f"--env={name}={value}" for name, value in image.settings.items()]
    if image.combination.database == "sqlite":
        volume = f"scaffold-test-{uuid4().hex}"
        run("podman", "volume", "create", volume)
        try:
            yield [*settings, "--volume", f"{volume}:/data"]
        finally:
            run("podman", "volume", "rm", "--force", volume)
    else:
        with fresh_database(image.combination.database, folder) as url:
            yield [*settings, "--env", f"DATABASE_URL={url}"]


def test_of_pips_options_only_those_of_an_index_reach_the_build() -> None:
    listed = """\
:env:.default-timeout='180'
:env:.find-links='/opt/wheels'
:env:.cert='/home/me/own.pem'
:env:.proxy='http://proxy:3128'
global.cert='/etc/pip/other.pem'
global.constraint='/etc/xdg/pip/constraints.txt'
global.extra-index-url='\\nfile:///opt/pypi/simple\\nhttps://b.example/simple\\nhttp://c.example/simple'
global.index-url='https://a.example/simple'
global.proxy='http://hidden:1'
global.retries='9'
global.trusted-host='c.example'
install.no-index='true'
"""
    assert index_options(listed).splitlines() == [
        "[global]",
        "cert = /etc/ssl/certs/ca-certificates.crt",
        "default-timeout = 180",
        "extra-index-url = https://b.example/simple http://c.example/simple",
        "index-url = https://a.example/simple",
        "proxy = http://proxy:3128",
        "retries = 9",
        "trusted-host = c.example",
    ]


def test_an_index_of_files_alone_leaves_pip_with_its_own() -> None:
    assert index_options("global.index-url='file:///opt/pypi/simple'\n") == "[global]\n"


def test_a_base_that_cannot_be_made_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mmdebstrap = tmp_path / "mmdebstrap"
    mmdebstrap.write_text("#!/bin/sh\necho I: much; echo E: no mirror answers; exit 1\n")
    mmdebstrap.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(base.CannotBuild) as refused:
        base.bootstrap(tmp_path / "root")
    assert str(refused.value) == "mmdebstrap cannot make the base image: E: no mirror answers"


def test_the_user_is_not_root(image: Image) -> None:
    assert int(image.facts["Config"]["User"]) > 0


def test_it_checks_its_own_health_and_starts_without_a_shell(image: Image) -> None:
    assert image.facts["Healthcheck"]["Test"]
    assert image.facts["Config"]["Cmd"] == ["python", "-m", "app"]
    assert "Entrypoint" not in image.facts["Config"]


def test_no_build_tool_is_left_in_it(image: Image) -> None:
    added = {path.name for path in image.added()}
    assert not added & NOT_IN_AN_IMAGE


def test_only_what_runs_is_in_it(image: Image) -> None:
    homes = {path.parts[:3] for path in image.added() if path.parts[0] == "srv"}
    expected = {".venv", "alembic.ini", "app", "migrations", "model"}
    assert {parts[2] for parts in homes} <= expected
    assert not [path for path in image.added() if path.name == ".env"]


def test_it_is_small(image: Image) -> None:
    print(f"{image.name}: {image.megabytes:.0f} MB, {image.megabytes_over_base:.0f} over its base")
    most = MOST_MEGABYTES_OVER_BASE + MOST_MEGABYTES_OF_ML * image.combination.ml
    assert image.megabytes_over_base < most


def test_it_migrates_serves_and_stops_by_itself(image: Image, tmp_path: Path) -> None:
    port = free_port("0.0.0.0")  # noqa: S104 - where a container listens
    with storage(image, tmp_path) as database:
        migrate = yaml.safe_load((image.project / "compose.yaml").read_text())["services"][
            "migrate"
        ]
        command = migrate["command"].split()
        podman = ("podman", "--runtime", "runc", "run")
        run(*podman, "--rm", *host(), *database, image.name, *command)
        with (
            container(image, *database, "--env", f"PORT={port}") as name,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client,
        ):
            eventually(
                lambda: alive(name, client), PATIENCE_SECONDS, "the container does not answer"
            )
            parts = ["database"] + ["model"] * image.combination.ml
            assert client.get("/readyz").json()["checks"] == dict.fromkeys(parts, "ok")
            if image.settings:
                token = register(client).sign_in().access_token
                client.headers["Authorization"] = f"Bearer {token}"
            assert client.post("/api/v1/items", json={"name": "Tea", "price": "3.50"}).is_success
            if image.combination.pages != "none":
                page = client.get("/items")
                linked = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
                assert {Path(path).suffix for path in linked} == {".css", ".js", ".svg"}
                assert all(client.get(path).is_success for path in linked)
            run("podman", "healthcheck", "run", name)
            run("podman", "stop", "--time", str(STOP_SECONDS), name)
            status = inspect("container", name)["State"]["ExitCode"]
            assert status == 0, run("podman", "logs", name)


def test_it_runs_as_the_manifests_say(image: Image, tmp_path: Path) -> None:
    """A root that cannot be written, a user whom the image does not know, and no capability."""
    if image.combination.deploy == "none":
        return
    folder = image.project / "deploy/kubernetes"
    port, metrics_port = free_port("0.0.0.0"), free_port("0.0.0.0")  # noqa: S104 - where a container listens
    with storage(image, tmp_path) as database:
        migrate = manifest(folder / "migrate/job.yaml")["spec"]["template"]["spec"]
        command = migrate["containers"][0]["command"]
        podman = ("podman", "--runtime", "runc", "run")
        run(*podman, "--rm", *host(), *as_told(migrate), *database, image.name, *command)
        pod = manifest(folder / "base/deployment.yaml")["spec"]["template"]["spec"]
        told = [
            f"--env=PORT={port}",
            "--env=WEB_CONCURRENCY=2",
            f"--env=REDIS_URL={redis_server()}",
            # The files of metrics need a place, too.
            f"--env=METRICS_PORT={metrics_port}",
        ]
        with (
            container(image, *as_told(pod), *database, *told) as name,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client,
        ):
            eventually(
                lambda: alive(name, client), PATIENCE_SECONDS, "the container does not answer"
            )
            assert client.get("/readyz").json()["status"] == "ok"
            assert register(client).sign_in().access_token
            metrics = client.get(f"http://127.0.0.1:{metrics_port}/metrics").text
            assert "service_workers 2.0\n" in metrics
            run("podman", "stop", "--time", str(STOP_SECONDS), name)
            assert inspect("container", name)["State"]["ExitCode"] == 0


def manifest(file: Path) -> dict[str, Any]:
    """A manifest of the project."""
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def as_told(pod: dict[str, Any]) -> list[str]:
    """The options of podman that a pod comes to."""
    (only,) = pod["containers"]
    context = only["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert context["readOnlyRootFilesystem"] is True
    assert context["allowPrivilegeEscalation"] is False
    # OpenShift gives each namespace users of its own.
    options = ["--read-only", "--read-only-tmpfs=false", "--user=1000660000:0"]
    options += [f"--cap-drop={name.lower()}" for name in context["capabilities"]["drop"]]
    options += ["--security-opt=no-new-privileges"]
    return options + [f"--tmpfs={mount['mountPath']}" for mount in only.get("volumeMounts", ())]


def alive(name: str, client: httpx.Client) -> bool:
    """Whether the container answers; one that ended never will."""
    state = inspect("container", name)["State"]
    assert state["Running"], f"it ended with {state['ExitCode']}: {run('podman', 'logs', name)}"
    try:
        return client.get("/livez").is_success
    except httpx.TransportError:
        return False
