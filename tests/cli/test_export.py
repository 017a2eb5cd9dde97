"""`scaffold export backstage`: a form that asks what the template asks."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.cli.conftest import COPIER_YML, Cli, Repository, make_repository

ROOT = Path(__file__).parents[2]


def exported(cli: Cli, *args: str) -> Any:
    ran = cli.run("export", "backstage", *args)
    assert ran.code == 0, ran.err
    return yaml.safe_load(ran.out)


def pages(entity: Any) -> dict[str, Any]:
    return {page["title"]: page for page in entity["spec"]["parameters"]}


def fields(entity: Any) -> dict[str, Any]:
    """Every field that is always there."""
    parameters = entity["spec"]["parameters"]
    return {key: field for page in parameters for key, field in page["properties"].items()}


def answers(entity: Any) -> dict[str, str]:
    """What the first step gives to `scaffold new`."""
    given: dict[str, str] = entity["spec"]["steps"][0]["input"]["answers"]
    return given


def asking(cli: Cli, template: Repository, **questions: object) -> Any:
    """What is exported of a template with these questions more."""
    template.commit({"copier.yml": COPIER_YML + yaml.safe_dump(questions)})
    return exported(cli)


@pytest.fixture(scope="module")
def entity(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is exported of the small template."""
    return exported(*alone(tmp_path_factory, COPIER_YML))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is exported of our own template."""
    return exported(*alone(tmp_path_factory, (ROOT / "copier.yml").read_text()))


def alone(factory: pytest.TempPathFactory, questions: str) -> tuple[Cli, str, str]:
    """The tool in a folder that a whole module shares, and where it finds a template."""
    folder = factory.mktemp("export")
    make_repository(folder / "template", {"copier.yml": questions})
    (folder / "work").mkdir()
    (folder / "home").mkdir()
    return Cli(folder / "work", folder / "home"), "--template", str(folder / "template")


def test_the_entity_is_a_template_that_makes_publishes_and_registers(entity: Any) -> None:
    assert (entity["apiVersion"], entity["kind"]) == ("scaffolder.backstage.io/v1beta3", "Template")
    assert entity["metadata"]["name"] == "template"
    assert [step["action"] for step in entity["spec"]["steps"]] == [
        "scaffold:new",
        "catalog:write",
        "publish:github",
        "catalog:register",
    ]


def test_texts_stand_before_features_and_what_backstage_asks_last(entity: Any) -> None:
    form = pages(entity)
    assert list(form) == ["Service", "Features", "Repository"]
    assert list(form["Service"]["properties"]) == ["project_name", "description", "author"]
    assert form["Features"]["ui:order"] == [
        *("framework", "database", "auth", "websockets", "ml", "workers", "docs")
    ]
    pickers = [field["ui:field"] for field in form["Repository"]["properties"].values()]
    assert pickers == ["OwnerPicker", "RepoUrlPicker"]


def test_a_field_has_the_help_the_labels_and_the_default_of_its_question(entity: Any) -> None:
    form = fields(entity)
    assert form["framework"] == {
        "title": "Framework",
        "description": "Which framework",
        "type": "string",
        "oneOf": [
            {"const": "fastapi", "title": "FastAPI: choose if async"},
            {"const": "flask", "title": "Flask: choose if sync"},
        ],
        "ui:widget": "radio",
        "default": "fastapi",
    }
    assert (form["ml"]["title"], form["ml"]["type"], form["ml"]["default"]) == (
        "ML",
        "boolean",
        False,
    )
    assert (form["workers"]["type"], form["workers"]["default"]) == ("integer", 2)


def test_a_text_with_a_default_must_not_be_emptied(entity: Any) -> None:
    assert pages(entity)["Service"]["required"] == ["project_name", "description"]


def test_facts_that_follow_from_answers_are_not_asked(entity: Any) -> None:
    assert not {"derived", "secret_settings"} & {*fields(entity), *answers(entity)}


def test_a_field_appears_with_the_answers_that_bring_it_up(entity: Any) -> None:
    assert "auth" not in fields(entity)
    with_auth, without = pages(entity)["Features"]["dependencies"]["database"]["oneOf"]
    assert with_auth["properties"]["database"] == {"enum": ["sqlite", "postgresql"]}
    assert with_auth["properties"]["auth"]["default"] == "none"
    assert without == {"properties": {"database": {"enum": ["none"]}}}


def test_an_answer_that_the_form_hides_again_is_not_given(entity: Any) -> None:
    given = answers(entity)
    assert given["database"] == "${{ parameters.database }}"
    shown = 'parameters.database in ["sqlite", "postgresql"]'
    assert given["auth"] == f"${{{{ parameters.auth if {shown} else undefined }}}}"


def test_any_condition_on_few_answers_is_understood(cli: Cli, template: Repository) -> None:
    conditions: dict[str, tuple[str, list[object]]] = {
        "{{ colour == 'red' }}": ("colour", ["red"]),
        "{{ colour != 'red' }}": ("colour", ["green", "blue"]),
        "{{ colour in ['red', 'blue'] }}": ("colour", ["red", "blue"]),
        "{% if colour == 'blue' %}yes{% endif %}": ("colour", ["blue"]),
        "{{ ml }}": ("ml", [True]),
        "{{ not ml }}": ("ml", [False]),
    }
    questions = {f"q{n}": {"default": 1, "when": when} for n, when in enumerate(conditions)}
    colour = {"default": "red", "choices": ["red", "green", "blue"]}
    page = pages(asking(cli, template, colour=colour, **questions))["Features"]
    for question, (decider, shown) in zip(questions, conditions.values(), strict=True):
        branches = page["dependencies"][decider]["oneOf"]
        found = [branch["properties"] for branch in branches if question in branch["properties"]]
        assert [answer for one in found for answer in one[decider]["enum"]] == shown
        assert question not in page["properties"]


def test_where_a_condition_cannot_be_followed_the_field_stays_open(
    cli: Cli, template: Repository
) -> None:
    conditions = [
        "{{ websockets and ml }}",
        "{{ project_name == 'api' }}",
        "{{ workers > 2 }}",
        "{{ auth == 'jwt' }}",
        "{{ nobody == 'red' }}",
        "{{ framework | no_such_filter }}",
        "{{ framework / 0 }}",
        "{{ framework ==",
    ]
    questions = {
        f"question_{n}": {"default": "dark", "when": when} for n, when in enumerate(conditions)
    }
    exported = asking(cli, template, **questions)
    page = pages(exported)["Features"]
    for n, question in enumerate(questions):
        assert page["properties"][question] == {"title": f"Question {n}", "type": "string"}
        assert answers(exported)[question] == f"${{{{ parameters.{question} }}}}"
    assert "required" not in page


def test_a_rule_is_carried_over_where_a_browser_reads_it_alike(
    cli: Cli, template: Repository
) -> None:
    rules: dict[str, dict[str, object]] = {
        "{% if not code | regex_search('^[a-z]+$') %}No.{% endif %}": {"pattern": "^[a-z]+$"},
        r"{{ 'No.' if not code | regex_search('\\A\\d+\\Z') }}": {"pattern": r"^\d+$"},
        "{{ 'No.' if not code | regex_search('^a') or code | length > 9 else '' }}": {
            "pattern": "^a",
            "maxLength": 9,
        },
        "{{ 'No.' if code | regex_search('[<>]') }}": {},
        "{{ 'No.' if ml and not code | regex_search('^a') }}": {},
        "{{ 'No.' if not project_name | regex_search('^a') }}": {},
        "{{ '' if not code | regex_search('^a') else 'No.' }}": {},
        "{% if not code | regex_search('(?i)^a') %}No.{% endif %}": {},
        r"{% if not code | regex_search('^\\w+$') %}No.{% endif %}": {},
        "{% if not code": {},
        "No.": {},
    }
    questions = {
        f"code{n}": {"default": "abc", "validator": rule.replace("code", f"code{n}")}
        for n, rule in enumerate(rules)
    }
    form = fields(asking(cli, template, **questions))
    for question, limits in zip(questions, rules.values(), strict=True):
        field = form[question]
        assert {key: field[key] for key in ("pattern", "maxLength") if key in field} == limits


def test_answers_that_a_form_cannot_know_or_take_are_left_to_copier(
    cli: Cli, template: Repository
) -> None:
    exported = asking(
        cli,
        template,
        host={"type": "str", "default": "{{ project_name }}.example.com"},
        labels={"type": "yaml", "default": []},
        extras={"type": "str", "multiselect": True, "choices": "{{ [framework] }}"},
    )
    assert fields(exported)["host"] == {"title": "Host", "type": "string"}
    assert "host" not in pages(exported)["Service"]["required"]
    assert not {"labels", "extras"} & {*fields(exported), *answers(exported)}


def test_a_question_without_a_default_must_be_answered(cli: Cli, template: Repository) -> None:
    team = {"type": "str", "choices": ["red", "blue"]}
    assert pages(asking(cli, template, team=team))["Features"]["required"] == ["team"]


def test_several_choices_are_boxes_to_tick(cli: Cli, template: Repository) -> None:
    extras = {"type": "str", "multiselect": True, "choices": ["a", "b"], "default": ["a"]}
    field = fields(asking(cli, template, extras=extras))["extras"]
    assert (field["type"], field["uniqueItems"], field["default"]) == ("array", True, ["a"])
    assert [option["const"] for option in field["items"]["oneOf"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("page", "answered", "accepted"),
    [
        ("Service", {"project_name": "api", "description": "An API."}, True),
        ("Service", {"project_name": "My API", "description": "An API."}, False),
        ("Service", {"project_name": "a" * 51, "description": "An API."}, False),
        ("Service", {"project_name": "api"}, False),
        ("Features", {"framework": "flask", "database": "mysql", "auth": "jwt"}, True),
        ("Features", {"framework": "flask", "database": "none", "ml": True}, True),
        ("Features", {"framework": "django"}, False),
        ("Features", {"database": "mysql", "auth": "oauth"}, False),
    ],
)
def test_the_form_of_our_own_template_takes_what_the_template_takes(
    own: Any, page: str, answered: dict[str, object], accepted: bool
) -> None:
    form = jsonschema_rs.Draft7Validator(pages(own)[page])
    assert form.is_valid(answered) is accepted


def test_the_version_is_pinned_where_one_is_named(cli: Cli, template: Repository) -> None:
    template.git("remote", "add", "origin", "https://git.example.com/acme/golden-path.git")
    template.git("tag", "v1.0.0")
    entity = exported(cli)
    assert entity["metadata"]["name"] == "golden-path"
    [new, *_] = entity["spec"]["steps"]
    assert new["input"]["template"] == "https://git.example.com/acme/golden-path.git"
    assert "ref" not in new["input"]
    [new, *_] = exported(cli, "--ref", "v1.0.0")["spec"]["steps"]
    assert new["input"]["ref"] == "v1.0.0"


def test_the_questions_are_those_of_the_version(cli: Cli, template: Repository) -> None:
    template.git("tag", "v1.0.0")
    assert "team" in fields(asking(cli, template, team="blue"))
    assert "team" not in fields(exported(cli, "--ref", "v1.0.0"))


def test_the_same_template_gives_the_same_file(cli: Cli) -> None:
    text = cli.run("export", "backstage").out
    ran = cli.run("export", "backstage", "--output", "template.yaml")
    assert (ran.code, ran.out) == (0, "Wrote template.yaml\n")
    assert (cli.cwd / "template.yaml").read_text() == text
    assert text.startswith("# Made by `scaffold export backstage`")


def test_a_file_that_cannot_be_written_is_wrong_usage(cli: Cli) -> None:
    ran = cli.run("export", "backstage", "--output", "missing/template.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "error: cannot write missing/template.yaml: No such file or directory\n" in ran.err


def test_a_template_that_nobody_else_reaches_is_said(cli: Cli, template: Repository) -> None:
    noted = f"the template is git+file://{template.path}, which only this machine has"
    assert noted in cli.run("export", "backstage").err


def test_exporting_imports_no_copier(cli: Cli) -> None:
    assert not cli.imported("export", "backstage") & {"copier", "questionary"}
