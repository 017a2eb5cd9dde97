"""Contract, "Running it": the settings, where they come from, and how a wrong one is refused."""

import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.contract import expect
from tests.contract.conftest import ReadSettings, Start
from tests.support import environment
from tests.support.combinations import (
    Combination,
    every_framework,
    every_service,
    every_signed_in_framework,
    over,
)
from tests.support.projects import copy
from tests.support.services import (
    PATIENCE_SECONDS,
    Service,
    eventually,
    spawn,
)

HSTS = "strict-transport-security"
# As `openssl rand -hex 32` prints one.
GOOD_SECRET = "7d0a4c9f2b6e8135" * 4
NOT_UTF_8 = ".env: the file is not in UTF-8; save it as UTF-8\n"
Refusal = Callable[..., str]


@pytest.fixture(scope="session")
def refusal(read_settings: ReadSettings) -> Refusal:
    """Read settings that must stop a start; returns what it would say.

    That a start ends so: `test_a_start_names_every_wrong_value_once`.
    """

    def refuse(**settings: str) -> str:
        return read_settings(settings).refusal

    return refuse


@every_framework
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ENVIRONMENT", "prod"),
        ("ENVIRONMENT", "PRODUCTION "),
        ("LOG_LEVEL", "LOUD"),
        ("PORT", "abc"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("WEB_CONCURRENCY", "0"),
        ("WEB_CONCURRENCY", "-1"),
        ("WEB_CONCURRENCY", "many"),
        ("WORKER_START_SECONDS", "0"),
        ("MAX_BODY_BYTES", "large"),
        ("KEEP_ALIVE_SECONDS", "0"),
        ("DATABASE_LOCK_SECONDS", "0"),
        ("DATABASE_POOL_SIZE", "0"),
        ("DATABASE_SESSION_SECONDS", "0"),
        ("DATABASE_STATEMENT_SECONDS", "-1"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "http://127.0.0.1/test"),
        ("DATABASE_URL", "oracle://127.0.0.1/test"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(refusal: Refusal, variable: str, value: str) -> None:
    said = refusal(**{variable: value}).splitlines()
    assert len(said) == 1, said
    assert variable in said[0]


@every_framework
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CORS_ORIGINS", "https://a.example/"),
        ("CORS_ORIGINS", "https://a.example/path"),
        ("CORS_ORIGINS", "https://a.example, https://b.example?x"),
        ("CORS_ORIGINS", "a.example"),
        ("CORS_ORIGINS", "localhost:3000"),
        ("CORS_ORIGINS", "//a.example"),
        ("CORS_ORIGINS", "https://"),
        ("CORS_ORIGINS", "https://*.example"),
        ("CORS_ORIGINS", "https://user@a.example"),
        ("CORS_ORIGINS", "https://bücher.example"),
        # Browsers never send the usual port.
        ("CORS_ORIGINS", "https://a.example:443"),
        ("CORS_ORIGINS", "http://a.example:80"),
        ("CORS_ORIGINS", '["https://a.example"]'),
        ("CORS_ORIGINS", '"https://a.example"'),
        ("CORS_ORIGINS", "null"),
        ("TRUSTED_HOSTS", "https://a.example"),
        ("TRUSTED_HOSTS", "a.example:8000"),
        ("TRUSTED_HOSTS", "a.example/path"),
        ("TRUSTED_HOSTS", "b.example a.example/"),
        ("TRUSTED_HOSTS", ".a.example"),
        ("TRUSTED_HOSTS", "::1"),
        ("TRUSTED_HOSTS", '["a.example"]'),
        ("TRUSTED_HOSTS", "bücher.example"),
        ("CORS_METHODS", '["GET"]'),
        ("CORS_METHODS", "GET;POST"),
        ("CORS_HEADERS", "X-Own: yes"),
        ("CORS_HEADERS", '["X-Own"]'),
    ],
)
def test_what_would_never_match_is_refused_in_one_line(
    refusal: Refusal, variable: str, value: str
) -> None:
    (said,) = refusal(**{variable: value}).splitlines()
    assert said.startswith(f"{variable}: ")
    assert " is not " in said


@every_framework
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://a.example,http://b.example:3000 http://[::1]:8443"),
        ("CORS_ORIGINS", "http://a.example:443,capacitor://localhost"),
        ("TRUSTED_HOSTS", "*"),
        ("TRUSTED_HOSTS", "a.example, *.b.example api-*.example 127.0.0.1 [::1] my_host"),
        ("CORS_METHODS", "*"),
        ("CORS_HEADERS", "*, X-Own"),
    ],
)
def test_what_can_match_is_taken(read_settings: ReadSettings, variable: str, value: str) -> None:
    assert read_settings({variable: value}).settings[variable.lower()] == value


@every_signed_in_framework
@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "0123456789abcdef0123456789abcde",  # 31 bytes
        "a" * 64,
        "abcdefghi" * 8,  # 9 different characters
        " " * 64,
        f"changeme{GOOD_SECRET}",
        f"{GOOD_SECRET}-PleaseChangeThis",
        f"my-super-secret-{GOOD_SECRET}",
        f"An-Example-{GOOD_SECRET}",
        f"{GOOD_SECRET}PASSWORD",
        # Of a tutorial that many have copied.
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    ],
)
def test_a_secret_that_can_be_guessed_is_refused_in_one_line(refusal: Refusal, value: str) -> None:
    said = refusal(JWT_SECRET=value, JWT_PREVIOUS_SECRET=value).splitlines()
    assert len(said) == 2, said
    for line, variable in zip(sorted(said), ("JWT_PREVIOUS_SECRET", "JWT_SECRET"), strict=True):
        assert line.startswith(f"{variable}: ")
        assert "openssl rand -hex 32" in line
        assert value not in line


@every_signed_in_framework
@pytest.mark.parametrize("environment", ["production", "development", "test"])
def test_no_environment_goes_without_a_secret(refusal: Refusal, environment: str) -> None:
    (said,) = refusal(JWT_SECRET="", ENVIRONMENT=environment).splitlines()
    assert said.startswith("JWT_SECRET: ")
    assert "openssl rand -hex 32" in said


@every_signed_in_framework
def test_the_example_alone_has_no_secret(
    read_settings: ReadSettings, project: Path, tmp_path: Path
) -> None:
    shutil.copy(project / ".env.example", tmp_path / ".env")
    (said,) = read_settings({"JWT_SECRET": ""}, tmp_path).refusal.splitlines()
    assert said.startswith("JWT_SECRET: ")


@every_signed_in_framework
@pytest.mark.parametrize(
    ("minutes", "days", "redis", "proxies"),
    [
        ("0", "0", "nonsense", "proxy.example"),
        ("-1", "1.5", "http://:hunter2@127.0.0.1/0", "10.0.0.0/33"),
        ("soon", "never", "postgresql://:hunter2@127.0.0.1/0", "10.0.0.0/8, *"),
        ("9" * 18, "9" * 9, "redis://:hunter2@127.0.0.1:port/0", "10.0.0.1/8"),
        ("Infinity", "-0.5", "redis://[", ":::"),
    ],
)
def test_each_wrong_setting_of_sign_in_is_refused_in_one_line(
    refusal: Refusal, minutes: str, days: str, redis: str, proxies: str
) -> None:
    wrong = {
        "ACCESS_TOKEN_MINUTES": minutes,
        "REDIS_URL": redis,
        "REFRESH_TOKEN_DAYS": days,
        "TRUSTED_PROXIES": proxies,
    }
    said = sorted(refusal(**wrong).splitlines())
    assert [line.partition(": ")[0] for line in said] == sorted(wrong)
    assert "hunter2" not in str(said)


@every_framework
def test_a_start_names_every_wrong_value_once(
    project: Path, database: dict[str, str], read_settings: ReadSettings, tmp_path: Path
) -> None:
    wrong = {
        "ENVIRONMENT": "x",
        "LOG_LEVEL": "x",
        "PORT": "x",
        "WEB_CONCURRENCY": "x",
        "DATABASE_URL": "x",
    }
    process = spawn(project, database | wrong, tmp_path)
    try:
        assert process.wait(PATIENCE_SECONDS) == 1
    finally:
        process.kill()
    said = (tmp_path / "stderr").read_text()
    for variable in wrong:
        assert len(re.findall(rf"\b{variable}\b", said)) == 1, said
    assert len(said.splitlines()) == len(wrong)
    assert (tmp_path / "stdout").read_text() == ""
    # So what the other tests read with no start is what a start would say.
    assert read_settings(wrong).refusal == said


@over(("postgresql", "mysql"))
@pytest.mark.parametrize("scheme", ["oracle", "redis", "http"])
def test_a_refused_database_address_keeps_its_password(refusal: Refusal, scheme: str) -> None:
    said = refusal(DATABASE_URL=f"{scheme}://user:hunter2@127.0.0.1/test")
    assert "DATABASE_URL" in said
    assert "hunter2" not in said


@over(("postgresql", "mysql"))
def test_the_database_of_another_backend_is_refused(
    refusal: Refusal, combination: Combination
) -> None:
    other = {"postgresql": "mysql", "mysql": "postgresql"}[combination.database]
    assert "DATABASE_URL" in refusal(DATABASE_URL=f"{other}://user@127.0.0.1/test")


SPELLINGS = {
    "postgresql": ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"],
    "mysql": ["mariadb", "mysql", "mysql+pymysql", "mysql+asyncmy", "mariadb+pymysql"],
}


@over(("postgresql", "mysql"))
def test_every_spelling_of_a_database_is_understood(
    service: Service,
    database: dict[str, str],
    read_settings: ReadSettings,
    combination: Combination,
) -> None:
    name, url = combination.database, database["DATABASE_URL"]
    spelled = [url.replace(name, spelling, 1) for spelling in SPELLINGS[name]]
    # All become the same address, and one of them is what the service was started with.
    assert url in spelled
    assert len({read_settings({"DATABASE_URL": u}).settings["database_url"] for u in spelled}) == 1
    expect.ok(service.client.get("/api/v1/items"))


@over(("postgresql", "mysql"))
def test_every_project_with_a_database_also_takes_sqlite(start: Start, tmp_path: Path) -> None:
    service = start(DATABASE_URL=f"sqlite:///{tmp_path}/other.db")
    assert expect.ok(service.client.get("/readyz"))["checks"]["database"] == "ok"


@every_service
def test_forgetting_the_environment_means_production(service: Service) -> None:
    assert HSTS in service.client.get("/livez").headers


@every_framework
def test_transport_security_is_for_production(start: Start) -> None:
    # With development: `test_a_dotenv_file_is_read`.
    service = start(ENVIRONMENT="test")
    assert HSTS not in service.client.get("/livez").headers
    assert HSTS not in service.client.get("/nothing").headers


@every_framework
def test_a_dotenv_file_is_read(start: Start, project: Path, tmp_path: Path) -> None:
    own = copy(project, tmp_path / "own")
    (own / ".env").write_text("ENVIRONMENT=development\nCORS_ORIGINS=https://a.example\n")
    answer = start(project=own).client.get("/livez", headers={"Origin": "https://a.example"})
    assert HSTS not in answer.headers
    assert answer.headers["access-control-allow-origin"] == "https://a.example"


@every_framework
def test_a_real_variable_wins_over_a_dotenv_file(
    read_settings: ReadSettings, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "# a comment\nENVIRONMENT=development\nCORS_ORIGINS=https://a.example\nOTHER=1\n"
        'LOG_LEVEL="DEBUG"\n'
    )
    names = ("environment", "cors_origins", "log_level")

    def read(**variables: str) -> list[str]:
        settings = read_settings(variables, tmp_path).settings
        return [settings[name] for name in names]

    assert read() == ["development", "https://a.example", "DEBUG"]
    real = {"ENVIRONMENT": "production", "CORS_ORIGINS": "https://b.example"}
    assert read(**real) == ["production", "https://b.example", "DEBUG"]


@every_framework
def test_an_empty_variable_is_as_good_as_none(read_settings: ReadSettings) -> None:
    names = ("ENVIRONMENT", "LOG_LEVEL", "HOST", "PORT", "WEB_CONCURRENCY", "MAX_BODY_BYTES")
    empty = read_settings(dict.fromkeys(names, ""))
    assert empty.settings == read_settings().settings
    assert empty.settings["environment"] == "production"


@every_framework
def test_a_wrong_value_in_a_dotenv_file_is_refused(
    read_settings: ReadSettings, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=http\n")
    (said,) = read_settings(folder=tmp_path).refusal.splitlines()
    assert said.startswith("PORT: ")


@every_framework
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_a_dotenv_file_that_is_not_utf_8_is_refused_in_one_line(
    read_settings: ReadSettings, tmp_path: Path, encoding: str
) -> None:
    (tmp_path / ".env").write_bytes("# größer\r\nPORT=1\r\n".encode(encoding))
    assert read_settings(folder=tmp_path).refusal == NOT_UTF_8


@every_framework
def test_the_server_and_the_migrations_refuse_such_a_file(
    project: Path, database: dict[str, str], tmp_path: Path
) -> None:
    own = copy(project, tmp_path / "own")
    (own / ".env").write_bytes("# größer\r\nPORT=1\r\n".encode("utf-16"))
    for command in (["python", "-m", "app"], ["poe", "--quiet", "migrate"]):
        done = subprocess.run(  # noqa: S603 - commands of the project under test
            [str(project / ".venv/bin" / command[0]), *command[1:]],
            check=False,
            cwd=own,
            env=environment.for_service(str(project / ".venv/bin")) | database,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert done.stderr == NOT_UTF_8, command


@every_framework
def test_the_mark_of_utf_8_in_a_dotenv_file_is_passed_over(
    read_settings: ReadSettings, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_bytes("LOG_LEVEL=DEBUG\r\n# größer\r\n".encode("utf-8-sig"))
    assert read_settings(folder=tmp_path).settings["log_level"] == "DEBUG"


@every_service
def test_the_example_lists_every_setting(project: Path, read_settings: ReadSettings) -> None:
    example = (project / ".env.example").read_text()
    listed = set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE))
    assert listed == {name.upper() for name in read_settings().settings}


@every_framework
def test_the_example_may_be_used_as_it_is(
    read_settings: ReadSettings, project: Path, tmp_path: Path
) -> None:
    shutil.copy(project / ".env.example", tmp_path / ".env")
    assert read_settings(folder=tmp_path).status == 0


@pytest.fixture(scope="session")
def set_up(start_shared: Start) -> Service:
    """A service with settings that have nothing to do with one another."""
    return start_shared(host="127.0.0.2", MAX_BODY_BYTES="50")


@every_framework
def test_host_chooses_the_address(set_up: Service) -> None:
    expect.ok(set_up.client.get("/livez"))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", set_up.port))


@every_framework
def test_host_may_be_an_ipv6_address(start: Start) -> None:
    expect.ok(start(host="::1").client.get("/livez"))


@every_framework
def test_web_concurrency_is_the_number_of_workers(start: Start) -> None:
    two, three = start(WEB_CONCURRENCY="2"), start(WEB_CONCURRENCY="3")
    # How many processes the server has besides its workers is its own affair.
    eventually(
        lambda: three.processes() - two.processes() == 1,
        PATIENCE_SECONDS,
        "the setting is not followed",
    )


MEETING = {
    "fastapi": """
    from threading import Barrier
    barriers = {n: Barrier(n, timeout=5) for n in (2, 3)}

    @app.get("/meet-{n}")
    def meet(n: int) -> int:
        return barriers[n].wait()

""",
    "flask": """
    from threading import Barrier
    barriers = {n: Barrier(n, timeout=5) for n in (2, 3)}

    @app.get("/meet-<int:n>")
    def meet(n: int) -> str:
        return str(barriers[n].wait())

""",
}


@every_framework
def test_web_threads_is_how_many_requests_a_worker_runs_at_once(
    start: Start, project: Path, combination: Combination, tmp_path: Path
) -> None:
    own = copy(project, tmp_path / "own")
    end = "    return app\n"
    main = (own / "app/main.py").read_text()
    (own / "app/main.py").write_text(main.replace(end, MEETING[combination.framework] + end))
    service = start(project=own, WEB_THREADS="2")
    for number, status in ((2, 200), (3, 500)):
        with ThreadPoolExecutor(number) as pool:
            path = f"/meet-{number}"
            statuses = list(
                pool.map(lambda _, p=path: service.client.get(p).status_code, range(number))
            )
        assert statuses == [status] * number


@every_framework
@pytest.mark.parametrize(
    ("set_to", "pool"), [({}, 12), ({"WEB_THREADS": "64"}, 68), ({"DATABASE_POOL_SIZE": "3"}, 3)]
)
def test_on_flask_the_pool_of_the_database_follows_the_threads(
    combination: Combination, read_settings: ReadSettings, set_to: dict[str, str], pool: int
) -> None:
    settings = read_settings(set_to).settings
    # On FastAPI requests wait for the database in turn, and no thread has a session.
    of_fastapi = int(set_to.get("DATABASE_POOL_SIZE", 4))
    expected = pool if combination.framework == "flask" else of_fastapi
    assert settings["database_pool_size"] == expected


@every_framework
def test_the_limit_of_a_body_is_a_setting(set_up: Service) -> None:
    item = b'{"name": "thing", "price": "1.00"}'.ljust(50)
    headers = {"Content-Type": "application/json"}
    expect.ok(set_up.client.post("/api/v1/items", content=item, headers=headers), 201)
    answer = set_up.client.post("/api/v1/items", content=item + b" ", headers=headers)
    expect.problem(
        answer,
        413,
        instance="/api/v1/items",
        detail="The request body is larger than 50 bytes.",
    )
