"""A feature that is added later is the feature as if it had been there from the start, and back."""

import re
import shutil
import stat
from collections.abc import Callable
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Repository
from tests.support.combinations import FRAMEWORKS
from tests.support.projects import Projects, snapshot
from tests.update.conftest import Project, everything

pytestmark = pytest.mark.usefixtures("kept_renderings")

Make = Callable[..., Project]

# Each feature, what a project has before, and what it has then.
FEATURES = [
    pytest.param("database", "", "--database=sqlite", id="database"),
    pytest.param(
        "database",
        "--websockets --ml",
        "--database=sqlite --websockets --ml",
        id="database-beside-all",
    ),
    pytest.param("database=mysql", "", "--database=mysql", id="database=mysql"),
    pytest.param("auth", "--database=sqlite", "--database=sqlite --auth=jwt", id="auth"),
    pytest.param(
        "auth",
        "--database=postgresql --websockets --ml",
        "--database=postgresql --auth=jwt --websockets --ml",
        id="auth-beside-all",
    ),
    pytest.param("pages", "--database=sqlite", "--database=sqlite --pages=plain", id="pages"),
    pytest.param(
        "pages=htmx",
        "--database=postgresql --auth=jwt --websockets --ml",
        "--database=postgresql --auth=jwt --pages=htmx --websockets --ml",
        id="pages-beside-all",
    ),
    pytest.param(
        "deploy",
        "--database=mysql --websockets --ml",
        "--database=mysql --websockets --ml --deploy=kubernetes",
        id="deploy",
    ),
    pytest.param("websockets", "", "--websockets", id="websockets"),
    pytest.param(
        "websockets",
        "--database=mysql --auth=jwt --ml",
        "--database=mysql --auth=jwt --websockets --ml",
        id="websockets-beside-all",
    ),
    pytest.param("ml", "", "--ml", id="ml"),
    pytest.param(
        "ml",
        "--database=sqlite --auth=jwt --websockets",
        "--database=sqlite --auth=jwt --websockets --ml",
        id="ml-beside-all",
    ),
]
every_framework = pytest.mark.parametrize("framework", FRAMEWORKS)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, projects: Projects) -> Callable[[str], Path]:
    """Projects as `scaffold new` makes them; each is made once."""
    folder = tmp_path_factory.mktemp("shelf")
    template = projects.template()

    @cache
    def make(options: str) -> Path:
        place = folder / str(make.cache_info().misses)
        (place / "work").mkdir(parents=True)
        (place / "home").mkdir()
        cli = Cli(place / "work", place / "home")
        cli.env["SCAFFOLD_TEMPLATE"] = str(template)
        ran = cli.new("api", "--yes", *options.split())
        assert ran.code == 0, ran.err
        return place / "work" / "api"

    return make


@pytest.fixture
def new(shelf: Callable[[str], Path], bare_cli: Cli) -> Make:
    """Make a project of the real template; it has no more than the options say."""

    def make(framework: str, options: str, name: str = "api") -> Project:
        none = "" if "--database" in options else "--database=none"
        path = bare_cli.cwd / name
        shutil.copytree(shelf(f"--framework={framework} {none} {options}"), path)
        project = Project(path, Cli(path, bare_cli.home))
        project.git("update-index", "--refresh")
        return project

    return make


def without_secret(project: Project) -> dict[str, tuple[int, bytes]]:
    """Everything in a project; of the file with the random value, only that it is there."""
    found = everything(project.path)
    if ".env" in found:
        mode, content = found[".env"]
        assert stat.S_IMODE(mode) == 0o600
        found[".env"] = (mode, content.partition(b"=")[0])
    return found


# The frameworks in turn, so that each feature is added to a small project of one and to a large one of
# the other: what its files are in both is tested in tests/template, and the merge is the same.
@pytest.mark.parametrize(
    ("framework", "feature", "before", "after"),
    [
        pytest.param(framework, *case.values, id=f"{case.id}-{framework}")
        for framework, case in zip(cycle(FRAMEWORKS), FEATURES, strict=False)
    ],
)
def test_adding_a_feature_makes_the_project_that_has_it_and_removing_it_the_one_before(
    new: Make, framework: str, feature: str, before: str, after: str
) -> None:
    project = new(framework, before)
    as_it_was = everything(project.path)

    ran = project.run("add", feature)
    assert ran.code == 0, ran.err
    assert without_secret(project) == without_secret(new(framework, after, "other"))
    assert not any(line.startswith("??") or line[1] != " " for line in project.status()), "staged"

    project.git("commit", "--quiet", "-m", "Add it")
    ran = project.run("remove", feature.partition("=")[0])
    assert ran.code == 0, ran.err
    as_it_is = everything(project.path)
    if ".env" not in as_it_was:
        as_it_is.pop(".env", None)  # git does not know it, and it may hold more than the feature's
    assert as_it_is == as_it_was
    assert project.git("diff", "--cached", "--name-only", "HEAD~") == ""


@every_framework
def test_what_the_user_wrote_into_files_that_a_feature_is_composed_in_stays(
    new: Make, framework: str
) -> None:
    project = new(framework, "--database=sqlite")
    main, readme = project.read("app/main.py"), project.read("README.md")
    pyproject = project.read("pyproject.toml")
    mine = {
        "app/main.py": f'{main}\n\nMINE = "my own"\n',
        "README.md": f"{readme}\n## My own\n\nA section.\n",
        "pyproject.toml": pyproject.replace(
            "\n[tool.ruff]\n", '\n[tool.mine]\na = "b"\n\n[tool.ruff]\n'
        ),
        "app/items/mine.py": "MINE = 1\n",
    }
    assert mine["pyproject.toml"] != pyproject
    project.commit(mine)
    as_it_was = everything(project.path)

    assert project.run("add", "auth", "websockets", "ml").code == 0
    assert project.read("app/main.py").endswith('\n\nMINE = "my own"\n')
    assert "auth" in project.read("app/main.py")
    assert project.read("README.md").endswith("\n## My own\n\nA section.\n")
    assert "## Sign in" in project.read("README.md")
    assert '\n[tool.mine]\na = "b"\n' in project.read("pyproject.toml")
    assert "pwdlib" in project.read("pyproject.toml")
    assert project.read("app/items/mine.py") == "MINE = 1\n"

    project.git("commit", "--quiet", "-m", "Add three")
    assert project.run("remove", "ml", "auth", "websockets").code == 0
    as_it_is = everything(project.path)
    del as_it_is[".env"]
    assert as_it_is == as_it_was


@every_framework
def test_two_features_are_added_at_once(new: Make, framework: str) -> None:
    project = new(framework, "")
    ran = project.run("add", "auth", "database=postgresql", "--json")
    assert ran.code == 0, ran.err
    answers = ran.json["answers"]
    assert [entry["name"] for entry in answers.pop("resources")["to"]] == ["items"]
    assert answers == {
        "database": {"from": "none", "to": "postgresql"},
        "auth": {"from": None, "to": "jwt"},
        "pages": {"from": None, "to": "none"},
    }
    other = new(framework, "--database=postgresql --auth=jwt", "other")
    assert without_secret(project) == without_secret(other)


def test_pages_of_another_kind_are_those_of_a_project_that_began_with_them(new: Make) -> None:
    project = new("fastapi", "--database=sqlite --pages=plain")
    assert project.run("set", "pages=htmx").code == 0
    other = new("fastapi", "--database=sqlite --pages=htmx", "other")
    assert everything(project.path) == everything(other.path)


def test_sign_in_that_comes_later_has_its_pages(new: Make) -> None:
    project = new("flask", "--database=sqlite --pages=plain")
    assert project.run("add", "auth").code == 0
    other = new("flask", "--database=sqlite --auth=jwt --pages=plain", "other")
    assert without_secret(project) == without_secret(other)


@every_framework
def test_a_project_that_is_older_than_the_pages_gets_them_with_an_update(
    bare_cli: Cli, framework: str, tmp_path: Path
) -> None:
    template = Repository(tmp_path / "template")
    snapshot(template.path)
    newest = (template.path / "copier.yml").read_text()
    question = re.compile(r"^pages:\n(?:  .*\n)+", re.MULTILINE)
    hidden = 'pages:\n  type: str\n  when: false\n  default: "none"\n'  # as if nobody had asked
    assert question.search(newest)
    template.commit({"copier.yml": question.sub(hidden, newest)})
    template.git("tag", "v0.0.2")
    template.commit({"copier.yml": newest})
    template.git("tag", "v0.1.0")

    bare_cli.env["SCAFFOLD_TEMPLATE"] = str(template.path)
    answers = ("--yes", "--no-install", f"--framework={framework}", "--auth=jwt")
    made = bare_cli.run("new", "old", *answers, "--name=api", "--ref=v0.0.2")
    assert made.code == 0, made.err
    project = Project(bare_cli.cwd / "old", Cli(bare_cli.cwd / "old", bare_cli.home))
    assert "pages" not in project.read(".copier-answers.yml")
    project.commit({"app/items/mine.py": "MINE = 1\n"})

    ran = project.update("--data", "pages=plain", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["answers"] == {"pages": {"from": None, "to": "plain"}}
    assert bare_cli.run("new", "new", *answers, "--name=api", "--pages=plain").code == 0
    (project.path / "app/items/mine.py").unlink()
    other = Project(bare_cli.cwd / "new", Cli(bare_cli.cwd / "new", bare_cli.home))
    assert without_secret(project) == without_secret(other)


def test_another_framework_is_planned_and_nothing_written(new: Make) -> None:
    project = new("fastapi", "--database=sqlite")
    before = project.state()
    ran = project.run("set", "framework=flask", "--dry-run")
    assert ran.code == 0, ran.err
    assert "framework: fastapi → flask" in ran.out
    assert "  changed   app/main.py\n" in ran.out
    assert project.state() == before


def test_another_framework_makes_the_project_of_that_framework(new: Make) -> None:
    project = new("fastapi", "--database=sqlite --auth=jwt --websockets --ml")
    assert project.run("set", "framework=flask").code == 0
    other = new("flask", "--database=sqlite --auth=jwt --websockets --ml", "other")
    assert without_secret(project) == without_secret(other)


@pytest.mark.parametrize(
    ("options", "command", "message", "hint"),
    [
        pytest.param(
            "",
            "add nonsense",
            "'nonsense' is not a feature",
            "features: database, auth, pages, websockets, ml",
            id="no-feature",
        ),
        pytest.param(
            "",
            "add framework",
            "'framework' is not a feature",
            "features: database, auth, pages, websockets, ml",
            id="question-that-is-no-feature",
        ),
        pytest.param(
            "--database=sqlite --auth=jwt",
            "add auth",
            "auth is there already: jwt",
            "`scaffold set auth=…` changes it",
            id="there-already",
        ),
        pytest.param(
            "--database=sqlite",
            "add database=mysql",
            "database is there already: sqlite",
            "`scaffold set database=…` changes it",
            id="other-database-there-already",
        ),
        pytest.param(
            "",
            "remove ml",
            "ml is not there, so it cannot be removed",
            "",
            id="not-there",
        ),
        pytest.param(
            "--database=sqlite",
            "remove database=sqlite",
            "'database=sqlite' is not a feature",
            "features: database, auth, pages, websockets, ml",
            id="removal-with-a-value",
        ),
        pytest.param(
            "--database=sqlite --auth=jwt",
            "remove database",
            "database=none: Sign-in keeps its users in a database.",
            "in the same command",
            id="still-needed",
        ),
        pytest.param(
            "--database=sqlite --pages=plain",
            "remove database",
            "database=none: Pages show and change what a database keeps.",
            "in the same command",
            id="still-needed-by-pages",
        ),
        pytest.param(
            "--database=postgresql --deploy=kubernetes",
            "set database=sqlite",
            "database=sqlite: Replicas in Kubernetes share a database, and SQLite is a file.",
            "in the same command",
            id="still-needed-by-replicas",
        ),
        pytest.param(
            "--database=sqlite",
            "add deploy",
            "database=sqlite: Replicas in Kubernetes share a database, and SQLite is a file.",
            "in the same command",
            id="replicas-on-a-file",
        ),
        pytest.param(
            "",
            "add auth",
            "database=none: Sign-in keeps its users in a database.",
            "in the same command",
            id="without-what-it-needs",
        ),
        pytest.param(
            "--database=sqlite",
            "set database=oracle",
            "database: 'oracle' is not one of sqlite, postgresql, mysql, none",
            "",
            id="no-choice",
        ),
        pytest.param(
            "",
            "set colour=red",
            "the template does not ask for 'colour'",
            "it asks for project_name, ",
            id="no-question",
        ),
        pytest.param("", "set colour", "'colour' is not KEY=VALUE", "", id="no-value"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_help(
    new: Make, options: str, command: str, message: str, hint: str
) -> None:
    project = new("fastapi", options)
    before = project.state()
    ran = project.run(*command.split())
    assert ran.code == 2, ran
    assert f"error: {message}" in ran.err
    assert hint in ran.err.partition("hint:")[2]
    assert ran.out == ""
    assert project.state() == before


def test_the_users_own_settings_stay_before_the_new_secret(new: Make) -> None:
    project = new("fastapi", "--database=sqlite")
    (project.path / ".env").write_text("LOG_LEVEL=debug\nPORT=1")  # no newline at the end
    (project.path / ".env").chmod(0o640)
    assert project.run("add", "auth").code == 0
    first, second, third = project.read(".env").splitlines()
    assert (first, second) == ("LOG_LEVEL=debug", "PORT=1")
    assert third.startswith("JWT_SECRET=")
    assert stat.S_IMODE((project.path / ".env").stat().st_mode) == 0o600
    assert ".env" not in project.git("ls-files").split()


def test_a_secret_that_is_there_already_is_kept(new: Make) -> None:
    project = new("fastapi", "--database=sqlite")
    (project.path / ".env").write_text("JWT_SECRET=mine\n")
    assert project.run("add", "auth").code == 0
    assert project.read(".env") == "JWT_SECRET=mine\n"


def test_taking_back_a_feature_takes_its_secret_back(new: Make) -> None:
    project = new("fastapi", "--database=sqlite")
    (project.path / ".env").write_text("PORT=1\n")
    before = project.state()
    assert project.run("add", "auth").code == 0
    assert project.abort().code == 0
    assert project.state() == before


def test_a_secret_is_never_shown(new: Make) -> None:
    project = new("flask", "--database=sqlite")
    ran = project.run("add", "auth", "--diff", "--json")
    assert ran.code == 0
    value = project.read(".env").strip().partition("=")[2]
    assert value
    assert value not in ran.out + ran.err


def test_imports_of_yours_that_lead_nowhere_are_listed_and_the_exit_code_is_3(new: Make) -> None:
    project = new("fastapi", "--database=sqlite --auth=jwt")
    mine = "from fastapi import APIRouter\nfrom app.auth.current_user import CurrentUser\n"
    project.commit({"app/orders.py": mine})
    ran = project.run("remove", "auth", "--dry-run")
    assert ran.code == 3, ran
    assert (
        "\nImports to change\n"
        "  app/orders.py:2 imports app.auth.current_user.CurrentUser, which is gone\n"
    ) in ran.out
    ran = project.run("set", "framework=flask", "--json")
    assert (ran.code, ran.json["status"]) == (3, "conflicts")
    assert [(item["path"], item["line"], item["name"]) for item in ran.json["imports"]] == [
        ("app/orders.py", 1, "fastapi"),
        ("app/orders.py", 2, "app.auth.current_user.CurrentUser"),
    ]
