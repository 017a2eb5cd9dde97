"""docs/deploying.md and docs/kubernetes.md say what is true of a service."""

import json
import re
import tomllib

import pytest
import yaml

from tests.support import questions
from tests.support.combinations import Combination, each_framework
from tests.support.forms import SHARED
from tests.support.projects import REPOSITORY

PAGE = (REPOSITORY / "docs/deploying.md").read_text(encoding="utf-8")
FASTAPI, FLASK = each_framework(database="postgresql", auth="jwt", deploy="kubernetes")
# Of the adapter, and of nobody else.
ADAPTER = {"AWS_LWA_PORT", "AWS_LWA_READINESS_CHECK_PATH"}


def block(language: str) -> str:
    """The only block of that language."""
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(text)


def rendered(path: str) -> str:
    """A shared file of the project of the examples."""
    template = questions.environment().from_string((SHARED / path).read_text(encoding="utf-8"))
    return template.render(_answers=questions.TEXTS | dict(FASTAPI.given))


def test_every_setting_exists() -> None:
    known = set(re.findall(r"^([A-Z_]+)=", rendered(".env.example.jinja"), re.MULTILINE))
    assigned = set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)=", PAGE))
    tables = set(tomllib.loads(block("toml"))["env"])
    entries = {v["key"] for v in yaml.safe_load(block("yaml"))["services"][0]["envVars"]}
    (container,) = json.loads(block("json"))["containerDefinitions"]
    told = {v["name"] for v in container["environment"] + container["secrets"]}
    assert {"WEB_CONCURRENCY", "DATABASE_URL"} <= assigned
    assert (assigned | tables | entries | told) - ADAPTER <= known


@pytest.mark.parametrize("combination", [FASTAPI, FLASK], ids=str)
def test_migrations_are_those_of_the_template(combination: Combination) -> None:
    assert f"`{combination.migrate_command}`" in PAGE


def test_each_example_migrates_as_the_template_does() -> None:
    command = FASTAPI.migrate_command
    assert tomllib.loads(block("toml"))["deploy"]["release_command"] == command
    assert yaml.safe_load(block("yaml"))["services"][0]["preDeployCommand"] == command
    assert f'"command": {json.dumps(command.split())}' in PAGE
    program, *arguments = command.split()
    assert f"--command {program} --args {','.join(arguments)}" in PAGE


def test_ports_and_probes_are_those_of_the_image() -> None:
    image = rendered("Dockerfile.jinja")
    fly = tomllib.loads(block("toml"))["http_service"]
    (container,) = json.loads(block("json"))["containerDefinitions"]
    ports = {fly["internal_port"], container["portMappings"][0]["containerPort"]}
    ports |= {int(port) for port in re.findall(r"AWS_LWA_PORT=(\d+)", PAGE)}
    assert ports == {int(port) for port in re.findall(r"^EXPOSE (\d+)", image, re.MULTILINE)}
    paths = {
        fly["checks"][0]["path"],
        yaml.safe_load(block("yaml"))["services"][0]["healthCheckPath"],
    }
    paths |= set(re.findall(r"AWS_LWA_READINESS_CHECK_PATH=([/\w]+)", PAGE))
    paths |= set(re.findall(r"httpGet\.path=([/\w]+)", PAGE))
    assert paths == {"/readyz"}


def test_each_place_waits_for_the_end() -> None:
    stopping: dict[str, int] = {}
    exec((SHARED / "app/server/stopping.py").read_text(encoding="utf-8"), stopping)  # noqa: S102
    needed = stopping["DRAIN_SECONDS"] + stopping["GRACE_SECONDS"]
    (container,) = json.loads(block("json"))["containerDefinitions"]
    fly = tomllib.loads(block("toml"))
    assert fly["kill_signal"] == "SIGTERM"
    assert int(fly["kill_timeout"].removesuffix("s")) > needed
    assert yaml.safe_load(block("yaml"))["services"][0]["maxShutdownDelaySeconds"] > needed
    assert container["stopTimeout"] > needed


def test_the_line_for_lambda_is_an_instruction_of_a_dockerfile() -> None:
    (line,) = block("dockerfile").splitlines()
    assert re.fullmatch(
        r"COPY --from=[\w./-]+:\d+\.\d+\.\d+ /lambda-adapter /opt/extensions/\S+", line
    )


def test_the_manual_names_the_replicas_that_a_database_allows() -> None:
    page = (REPOSITORY / "docs/kubernetes.md").read_text(encoding="utf-8")
    for framework, title in (("fastapi", "FastAPI"), ("flask", "Flask")):
        postgresql, mysql = (
            Combination(framework=framework, database=database, deploy="kubernetes")
            for database in ("postgresql", "mysql")
        )
        workers = postgresql.replica_workers
        connections = workers * (postgresql.replica_pool_size + 1)
        most = f"{postgresql.max_replicas} replicas | {mysql.max_replicas} replicas"
        assert f"| {title} | {workers} | {connections} | {most} |" in page
