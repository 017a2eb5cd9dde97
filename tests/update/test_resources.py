"""What `scaffold generate` writes is an answer of the template: merged, improved and taken away again."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Cli, Repository
from tests.support.alembic import Alembic
from tests.support.combinations import FRAMEWORKS, STORES
from tests.support.databases import fresh_database, query
from tests.support.projects import Projects, run
from tests.update.conftest import Project, copy_project, everything, make_project
from tests.update.test_copier_update import update_in_process
from tests.update.test_grown_migrations import VERSIONS, chain, own, tables

pytestmark = pytest.mark.usefixtures("kept_renderings")

ORDERS = ("orders", "customer:str:100", "status:enum:new/paid", "note:text:optional")
LINES = ("order-lines", "amount:int", "orders:ref:orders")
Make = Callable[..., Project]
every_framework = pytest.mark.parametrize("framework", FRAMEWORKS)


@pytest.fixture
def make(projects: Projects, bare_cli: Cli) -> Make:
    """Make a project of the real template."""

    def make(framework: str = "fastapi", name: str = "api", **answers: object) -> Project:
        words = {"database": "sqlite", "framework": framework, **answers}
        return copy_project(projects, Cli(bare_cli.cwd, bare_cli.home), name, **words)

    return make


def done(project: Project, *words: str) -> None:
    """Run a command that has to succeed, and commit."""
    ran = project.run(*words)
    assert ran.code == 0, ran.err
    project.git("commit", "--quiet", "-m", " ".join(words))


def entries(project: Project) -> list[dict[str, Any]]:
    """The entries that a project records."""
    found: list[dict[str, Any]] = yaml.safe_load(project.read(".copier-answers.yml"))["resources"]
    return found


def order(project: Project) -> list[str]:
    """What the migrations do, in the order in which they run."""
    after = {down: name for name, down in chain(project).items()}
    names, found = {}, []
    for path in (project.path / VERSIONS).glob("*.py"):
        names[path.stem.partition("_")[0]] = path.stem.partition("_")[2]
    place = after.pop(None, None)
    while place:
        found.append(names[place])
        place = after.pop(place, None)
    assert after == {}, "one chain"
    return found


# What is generated.


def test_a_resource_is_added_and_fields_to_it(make: Make) -> None:
    project = make()
    ran = project.run("generate", "resource", *ORDERS)
    assert ran.code == 0, ran.err
    assert (
        "\nAnswers\n  resources: + orders customer:str:100 status:enum:new/paid note:text"
        in ran.out
    )
    assert "  added     app/orders/routes.py\n" in ran.out
    assert "\n  uv run poe migrate\n" in ran.out
    assert not any(line.startswith("??") or line[1] != " " for line in project.status()), "staged"
    project.git("commit", "--quiet", "-m", "Orders")

    ran = project.run("generate", "field", "orders", "shipped_at:datetime:optional", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["answers"]["resources"]["to"][-1] == {
        "field_of": "orders",
        "fields": ["shipped_at:datetime:optional"],
        "before_sign_in": True,
    }
    assert order(project) == ["items", "orders", "orders_shipped_at"]


def test_it_is_the_project_that_new_makes_with_it(make: Make, projects: Projects) -> None:
    project = make()
    done(project, "generate", "resource", *ORDERS)
    done(project, "generate", "resource", *LINES, "--no-owner")
    cli = Cli(project.path.parent, project.cli.home)
    words = ["--name", "my-service", "--author", "", "--template", str(projects.template())]
    both = [("--resource", " ".join(each)) for each in (ORDERS, (*LINES, "--no-owner"))]
    ran = cli.new("other", "--yes", "--json", *words, *both[0], *both[1])
    assert ran.code == 0, ran.err
    other = Project(cli.cwd / "other", cli)
    assert everything(other.path) == everything(project.path)
    assert (
        "--resource 'orders customer:str:100 status:enum:new/paid note:text:opti"
        in (ran.json["command"])
    )


# In turn: what goes wrong is a matter of the framework or of sign-in.
@pytest.mark.parametrize(("framework", "auth"), [("fastapi", "none"), ("flask", "jwt")])
def test_copier_alone_writes_the_same_files(
    make: Make, framework: str, auth: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    project, other = make(framework, auth=auth), make(framework, "other", auth=auth)
    project.git("config", "user.name", "Tess")
    done(project, "generate", "resource", *ORDERS)
    done(project, "generate", "field", "orders", "paid:bool:default=false", "due:date:optional")
    update_in_process(other, resources=json.dumps(entries(project)))
    assert everything(other.path) == everything(project.path)


def test_a_dry_run_writes_nothing_and_an_abort_takes_it_back(make: Make) -> None:
    project = make()
    before = project.state()
    ran = project.run("generate", "resource", *ORDERS, "--dry-run", "--diff")
    assert ran.code == 0, ran.err
    assert "  added     app/orders/models.py\n" in ran.out
    assert "\n+++ b/app/orders/models.py\n" in ran.out
    assert project.state() == before
    assert project.run("generate", "resource", *ORDERS).code == 0
    assert project.abort().code == 0
    assert project.state() == before


def test_what_is_generated_and_removed_leaves_the_project_from_before(make: Make) -> None:
    project = make()
    before = everything(project.path)
    done(project, "generate", "resource", *ORDERS)
    done(project, "generate", "resource", *LINES)
    done(project, "generate", "field", "orders", "paid:bool:default=false")
    ran = project.run("remove", "resource", "orders", "order_lines")
    assert ran.code == 0, ran.err
    assert everything(project.path) == before


@pytest.mark.parametrize(
    ("answers", "command", "message", "hint"),
    [
        (
            {},
            "generate resource items a:int",
            "there is a resource items already",
            "`scaffold generate field items …` adds fields to it",
        ),
        ({}, "generate field item a:int", "there is no resource item", "did you mean items?"),
        ({}, "remove resource itmes", "there is no resource itmes", "did you mean items?"),
        (
            {},
            "generate resource sheep a:int",
            "the singular of 'sheep' is not known: give --singular WORD",
            "",
        ),
        ({}, "generate resource orders amount", "orders: ", "a field is NAME:TYPE"),
        ({}, "generate resource orders class:int", "orders: the field 'class' ", ""),
        ({}, "generate resource orders lamps:ref:lamps", "orders: ", ""),
        (
            {"database": "none"},
            "generate resource orders a:int",
            "the project has no database to keep resources in",
            "`scaffold add database` adds one",
        ),
        (
            {"resources": []},
            "generate field orders a:int",
            "there is no resource orders",
            "`scaffold generate resource orders …` makes one",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    make: Make, answers: Mapping[str, object], command: str, message: str, hint: str
) -> None:
    project = make(**answers)
    before = project.state()
    ran = project.run(*command.split())
    assert (ran.code, ran.out) == (2, ""), ran
    first, *rest = ran.err.splitlines()
    assert first.startswith(f"error: {message}")
    assert "".join(rest).startswith(f"hint: {hint}" if hint else "")
    assert len(rest) <= 1
    assert project.state() == before


def test_a_resource_that_another_refers_to_is_not_removed_alone(make: Make) -> None:
    project = make()
    done(project, "generate", "resource", *ORDERS)
    done(project, "generate", "resource", *LINES)
    before = project.state()
    ran = project.run("remove", "resource", "orders")
    assert ran.code == 2
    error, hint = ran.err.splitlines()
    assert error.startswith("error: order_lines: ")
    assert "orders" in error
    assert hint == "hint: remove what refers to it in the same command"
    assert project.state() == before


def test_a_template_without_resources_has_to_be_updated_first(project: Project) -> None:
    ran = project.run("generate", "resource", *ORDERS)
    assert ran.code == 2
    assert ran.err.startswith("error: version v1.0.0 of the template knows no resources\nhint: ")


# What the owner changed.


@every_framework
def test_the_owners_edits_stay_and_the_templates_lines_come(make: Make, framework: str) -> None:
    project = make(framework)
    done(project, "generate", "resource", *ORDERS)
    models, main = "app/orders/models.py", "app/main.py"
    mine = {
        models: '"""Mine."""\n' + project.read(models).partition("\n")[2],
        main: project.read(main) + "\n\nMINE = 1\n",
        "app/orders/mine.py": "MINE = 1\n",
    }
    project.commit(mine)
    done(project, "generate", "field", "orders", "shipped_at:datetime:optional")
    assert project.read(models).startswith('"""Mine."""\n')
    assert "shipped_at" in project.read(models)
    done(project, "generate", "resource", *LINES)
    assert project.read(main).endswith("\n\nMINE = 1\n")
    assert "order_lines" in project.read(main)
    ran = project.run("remove", "resource", "order-lines", "orders")
    assert ran.code == 3
    assert f"  conflict  {models}  (the template deleted it, and you changed it" in ran.out
    assert project.read("app/orders/mine.py") == "MINE = 1\n"


@every_framework
def test_a_later_version_improves_what_was_generated(
    projects: Projects, bare_cli: Cli, tmp_path: Path, framework: str
) -> None:
    """Three resources; the owner edited one, and moved the folder of another."""
    template = Repository(tmp_path / "template")
    template.path.mkdir()
    subprocess.run(["cp", "-r", f"{projects.template()}/.", template.path], check=True)  # noqa: S603, S607
    project = make_project(bare_cli, template, "api", framework=framework, database="sqlite")
    done(project, "generate", "resource", *ORDERS)
    done(project, "generate", "resource", *LINES)
    project.git("mv", "app/order_lines", "app/positions")
    routes = "app/orders/routes.py"
    project.commit({routes: project.read(routes) + "\n\nMINE = 1\n"})

    (source,) = (template.path / "templates" / framework / "app").glob("*yield*/routes.py.jinja")
    first, *rest = source.read_text().splitlines(keepends=True)
    source.write_text("".join([first, "# A fix of the template.\n", *rest]))
    template.commit({})
    template.git("tag", "v0.1.0")
    ran = project.update()
    assert ran.code == 0, ran.out
    for path in ("app/items/routes.py", routes, "app/positions/routes.py"):
        assert "# A fix of the template.\n" in project.read(path)
    assert project.read(routes).endswith("\n\nMINE = 1\n")
    assert not (project.path / "app/order_lines").exists()


# Sign-in, and the chain of migrations.


def test_sign_in_comes_after_what_is_there_and_before_what_comes_later(make: Make) -> None:
    project = make()
    done(project, "generate", "resource", *ORDERS)
    assert [entry.get("before_sign_in") for entry in entries(project)] == [True, True]
    done(project, "add", "auth")
    done(project, "generate", "resource", *LINES)
    done(project, "generate", "field", "orders", "paid:bool:default=false")
    marks = [entry.get("before_sign_in") for entry in entries(project)]
    assert marks == [True, True, None, None]
    expected = ["items", "orders", "auth", "order_lines", "orders_paid"]
    assert order(project) == expected

    done(project, "remove", "resource", "orders", "order-lines")
    assert order(project) == ["items", "auth"]
    project.git("revert", "--no-edit", "HEAD")
    done(project, "remove", "auth")
    assert [entry.get("before_sign_in") for entry in entries(project)] == [True] * 4
    assert order(project) == ["items", "orders", "order_lines", "orders_paid"]
    done(project, "add", "auth")
    assert order(project) == ["items", "orders", "order_lines", "orders_paid", "auth"]


def test_a_project_that_nobody_marked_is_marked_as_sign_in_comes(make: Make) -> None:
    orders = {"name": "orders", "singular": "order", "fields": ["a:int"]}
    project = make(resources=[orders])
    done(project, "add", "auth")
    assert entries(project) == [{**orders, "before_sign_in": True}]
    assert order(project) == ["orders", "auth"]


def test_the_answer_itself_can_be_set(make: Make) -> None:
    project = make()
    both = [{"name": n, "singular": n[:-1], "fields": ["a:int"]} for n in ("orders", "notes")]
    done(project, "set", f"resources={json.dumps(both)}")
    assert [(e["name"], e["before_sign_in"]) for e in entries(project)] == [
        ("orders", True),
        ("notes", True),
    ]
    assert order(project) == ["orders", "notes"]


def test_a_resource_whose_migration_yours_comes_after_leaves_it(make: Make) -> None:
    project = make()
    done(project, "generate", "resource", *ORDERS)
    done(project, "generate", "resource", "notes", "text:str")
    (last,) = set(chain(project)) - set(chain(project).values())
    project.commit({f"{VERSIONS}/5eed_mine.py": own("5eed", str(last))})
    before = chain(project)
    ran = project.run("remove", "resource", "orders")
    assert ran.code == 0, ran.err
    assert "_orders.py  (a later migration of yours follows it)\n" in ran.out
    assert chain(project) == before
    assert not (project.path / "app/orders").exists()


# On a database.


# Each database, and the frameworks in turn: what goes wrong is a matter of one of them.
@pytest.mark.parametrize(("framework", "database"), [*zip(cycle(FRAMEWORKS), STORES, strict=False)])
def test_the_chain_has_one_head_and_migrates_forth_and_back(
    make: Make,
    projects: Projects,
    alembic: Alembic,
    framework: str,
    database: str,
    tmp_path: Path,
) -> None:
    project = make(framework, database=database)
    (project.path / ".git/info/exclude").write_text(".venv\n")
    environment = projects.environment(framework)
    (project.path / ".venv").symlink_to(environment, target_is_directory=True)
    forth_and_back = (("upgrade", "head"), ("check",), ("downgrade", "base"))
    commands = [
        ("generate", "resource", *ORDERS),
        ("add", "auth"),
        ("generate", "resource", *LINES),
        ("generate", "field", "orders", "paid:bool:default=false"),
        ("remove", "resource", "order-lines"),
        ("remove", "auth"),
        ("add", "auth"),
    ]
    for command in commands:
        done(project, *command)
        with fresh_database(database, tmp_path) as url:
            assert url
            # An upgrade to `head` is refused where there are two; what it made is what the models say.
            alembic(project.path, framework, *forth_and_back, DATABASE_URL=url)
            assert tables(url) == {"alembic_version"}


def test_rows_stay_as_sign_in_comes_and_goes(
    make: Make, projects: Projects, alembic: Alembic, tmp_path: Path
) -> None:
    project = make()
    (project.path / ".git/info/exclude").write_text(".venv\n")
    environment = projects.environment("fastapi")
    (project.path / ".venv").symlink_to(environment, target_is_directory=True)
    done(project, "generate", "resource", "orders", "customer:str:100")
    with fresh_database("sqlite", tmp_path) as url:
        assert url
        alembic(project.path, "fastapi", ("upgrade", "head"), DATABASE_URL=url)
        query(
            url,
            "INSERT INTO orders (id, customer, created_at, updated_at)"
            " VALUES (7, 'Ada', '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
        )
        done(project, "add", "auth")
        done(
            project, "generate", "field", "orders", "paid:bool:default=false", "total:int:default=3"
        )
        alembic(project.path, "fastapi", ("upgrade", "head"), DATABASE_URL=url)
        found = query(url, "SELECT customer, owner_id, paid, total FROM orders")
        assert found == [("Ada", None, 0, 3)]
        back = (("downgrade", "0002"), ("downgrade", "-1"))
        alembic(project.path, "fastapi", *back, DATABASE_URL=url)
        assert query(url, "SELECT customer FROM orders") == [("Ada",)]


def test_a_project_with_resources_passes_its_own_checks(
    make: Make, projects: Projects, tmp_path: Path
) -> None:
    # One of Flask with sign-in, made with resources of every kind, runs all of its own tests.
    framework = "fastapi"
    project = make(framework, auth="jwt")
    done(project, "generate", "resource", *ORDERS)
    done(project, "generate", "resource", *LINES, "--public-read")
    done(project, "generate", "field", "orders", "shipped_at:datetime:optional")
    environment = projects.environment(framework)
    (project.path / ".venv").symlink_to(environment, target_is_directory=True)
    ruff, pytest_ = (str(environment / "bin" / name) for name in ("ruff", "pytest"))
    run(ruff, "check", folder=project.path)
    run(ruff, "format", "--check", folder=project.path)
    cache = projects.mypy_cache(framework, tmp_path / "cache")
    projects.check_types(framework, project.path, cache)
    files = ("tests/test_orders.py", "tests/test_order_lines.py", "tests/test_migrations.py")
    run(pytest_, "-q", *files, folder=project.path)
