"""Resources that were generated go on getting what is new in the template, also where they are edited."""

import re
from collections.abc import Callable

import copier
import pytest
from copier import Settings

from tests.cli.conftest import Cli, Repository
from tests.support import resource_rules
from tests.support.combinations import FRAMEWORKS
from tests.support.projects import snapshot
from tests.update.conftest import Project, changes

NAMES = ("items", "orders", "shelves", "tags")
HOW = ("changed", "merged", "merged", "changed")
MARK = {"before_sign_in": True}
ENTRIES = [
    *resource_rules.first(),
    resource_rules.ORDERS | MARK,
    {"name": "shelves", "singular": "shelf", "fields": ["room:str:20", "height:int:default=3"]}
    | MARK,
    {"name": "tags", "singular": "tag", "fields": ["name:str:30:unique"]} | MARK,
]
# The fix: in a route of each resource.
BEFORE, AFTER = '"""Delete ', '"""Delete for good '
OWN_FIELD = "    weight: Mapped[int | None]\n"
OWN_ROUTES = "\n\ndef own_route() -> None:\n    pass\n"

every_framework = pytest.mark.parametrize("framework", FRAMEWORKS)
Grow = Callable[..., Project]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The template as it lies in the working tree, v0.0.1, and v0.1.0 with a fix in the routes."""
    template = Repository(tmp_path_factory.mktemp("template"))
    snapshot(template.path)
    for framework in FRAMEWORKS:
        (routes,) = (template.path / "templates" / framework / "app").glob(
            "*yield resource*/routes.py.jinja"
        )
        text = routes.read_text()
        assert text.count(BEFORE) == 1
        routes.write_text(text.replace(BEFORE, AFTER))
    template.commit({})
    template.git("tag", "v0.1.0")
    return template


@pytest.fixture
def grow(template: Repository, bare_cli: Cli) -> Grow:
    """Make a project of v0.0.1 with four resources, of which the owner edited two."""

    def grow(framework: str, **edits: str) -> Project:
        path = bare_cli.cwd / "api"
        copier.run_copy(
            f"git+file://{template.path}",
            path,
            data={"framework": framework, "resources": ENTRIES},
            vcs_ref="v0.0.1",
            defaults=True,
            quiet=True,
            settings=Settings(),
        )
        project = Project(path, bare_cli)
        bare_cli.cwd = path
        project.git("init", "--quiet", "--initial-branch=main")
        project.commit(edited(project))
        return project

    return grow


def edited(project: Project) -> dict[str, str]:
    """What the owner makes of orders and shelves: a field more, a filter less, routes of their own."""
    model = project.read("app/orders/models.py")
    queries, removed = re.subn(
        r"    if query\.min_total is not None:\n(?: {8}.*\n)+",
        "",
        project.read("app/orders/queries.py"),
    )
    assert removed == 1
    orders, shelves = (project.read(f"app/{name}/routes.py") for name in ("orders", "shelves"))
    assert orders.count('"""Create an order."""') == 1
    return {
        "app/orders/models.py": model.replace(
            "    status: Mapped", f"{OWN_FIELD}    status: Mapped"
        ),
        "app/orders/queries.py": queries,
        "app/orders/routes.py": orders.replace('"""Create an', '"""Take an') + OWN_ROUTES,
        "app/shelves/routes.py": shelves + OWN_ROUTES,
    }


def routes(project: Project) -> dict[str, str]:
    return {name: project.read(f"app/{name}/routes.py") for name in NAMES}


@every_framework
def test_a_fix_reaches_every_resource_those_that_were_edited_too(
    grow: Grow, framework: str
) -> None:
    project = grow(framework)
    before = routes(project)

    ran = project.update("--json")
    assert ran.code == 0, ran.err
    assert changes(ran.json) == {
        ".copier-answers.yml": "changed",
        **{f"app/{name}/routes.py": how for name, how in zip(NAMES, HOW, strict=True)},
    }
    assert routes(project) == {name: text.replace(BEFORE, AFTER) for name, text in before.items()}
    assert "min_total is not None" not in project.read("app/orders/queries.py")
    assert OWN_FIELD in project.read("app/orders/models.py")


@every_framework
def test_a_conflict_is_where_both_changed_the_same_lines_and_nowhere_else(
    grow: Grow, framework: str
) -> None:
    project = grow(framework)
    mine = project.read("app/shelves/routes.py").replace(BEFORE, '"""Take down ')
    project.commit({"app/shelves/routes.py": mine})
    before = routes(project)

    ran = project.update("--json")
    assert ran.code == 3, ran.err
    after = routes(project)
    conflicting = after.pop("shelves")
    assert "<<<<<<<" in conflicting
    assert '"""Take down ' in conflicting
    assert AFTER in conflicting
    assert conflicting.endswith(OWN_ROUTES)
    assert after == {name: before[name].replace(BEFORE, AFTER) for name in after}


def test_copier_alone_brings_the_fix_too(grow: Grow) -> None:
    project = grow("fastapi")
    before = routes(project)
    copier.run_update(project.path, defaults=True, overwrite=True, quiet=True, settings=Settings())
    assert routes(project) == {name: text.replace(BEFORE, AFTER) for name, text in before.items()}
    assert not list(project.path.rglob("*.rej"))


def test_a_field_is_added_to_a_resource_that_was_edited(grow: Grow) -> None:
    project = grow("flask")
    before = routes(project)
    words = ("shipped_at:datetime:optional", "--template", template_of(project))
    ran = project.run("generate", "field", "orders", *words)
    assert ran.code == 0, ran.err
    model = project.read("app/orders/models.py")
    assert "    shipped_at: Mapped[" in model
    assert OWN_FIELD in model
    assert "shipped_at" in project.read("app/orders/schemas.py")
    assert routes(project) == before


def template_of(project: Project) -> str:
    """Where the project has its template from."""
    found = re.search(r"^_src_path: (.+)$", project.read(".copier-answers.yml"), re.MULTILINE)
    assert found
    return found[1]
