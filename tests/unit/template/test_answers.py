"""What the user has answered already is checked against what the template asks."""

from pathlib import Path
from typing import Any

import pytest

from scaffold.errors import InvalidAnswer, UsageError
from scaffold.template.answers import (
    check_answer,
    derived_defaults,
    explain_invalid_answer,
    given_answers,
    parse_pairs,
    reject_hidden,
)
from scaffold.template.questions import Question
from scaffold.template.request import TemplateRequest
from scaffold.template.resources import NewResource

QUESTIONS = {
    "project_name": Question("project_name", "str", default="api"),
    "author": Question("author", "str"),
    "framework": Question("framework", "str", ("fastapi", "flask")),
    "websockets": Question("websockets", "bool"),
    "workers": Question("workers", "int"),
    "share": Question("share", "float"),
    "tags": Question("tags", "str", ("a", "b", "c"), multiselect=True),
    "extra": Question("extra", "yaml"),
}


def refused(name: str, value: Any) -> UsageError:
    with pytest.raises(UsageError) as caught:
        check_answer(QUESTIONS[name], value, "--x")
    return caught.value


def request_with(folder: Path, text: str | bytes, **more: Any) -> TemplateRequest:
    """A request with a file of answers."""
    path = folder / "answers.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return TemplateRequest("api", data_file=path, **more)


def test_flags_win_over_data_and_data_over_the_file(tmp_path: Path) -> None:
    request = request_with(
        tmp_path,
        "project_name: file\nauthor: file\nworkers: 1\n",
        data=("project_name=data", "author=data"),
        flags={"project_name": "flag"},
    )
    assert given_answers(request, QUESTIONS) == {
        "project_name": "flag",
        "author": "data",
        "workers": 1,
    }


def test_answers_come_in_the_order_of_the_questions() -> None:
    request = TemplateRequest("api", data=("workers=3", "author=Ada", "project_name=x"))
    assert list(given_answers(request, QUESTIONS)) == ["project_name", "author", "workers"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "_commit: v1\n_src_path: gh:a/b\n"])
def test_a_file_may_answer_nothing(tmp_path: Path, text: str) -> None:
    assert given_answers(request_with(tmp_path, text), QUESTIONS) == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "while parsing a flow node"),
        (b"\xff", "'utf-8' codec can't decode"),
        ("day: 2001-99-99", "month must be in 1..12"),
        ("[" * 1000, "maximum recursion depth exceeded"),
    ],
    ids=["open", "bytes", "date", "deep"],
)
def test_a_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, text: str | bytes, reason: str
) -> None:
    request = request_with(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        given_answers(request, QUESTIONS)
    message = caught.value.message
    assert message.startswith(f"--data-file {request.data_file}: cannot be read: {reason}")
    assert len(message.splitlines()) == 1


def test_a_file_that_is_not_there_is_told_in_the_words_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read: No such file or directory$"):
        given_answers(TemplateRequest("api", data_file=tmp_path / "missing.yml"), QUESTIONS)


@pytest.mark.parametrize("text", ["- a\n", "words\n", "7\n"])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="is not a table of KEY: VALUE"):
        given_answers(request_with(tmp_path, text), QUESTIONS)


def test_an_answer_that_nothing_asks_for_names_the_nearest_question() -> None:
    with pytest.raises(UsageError) as caught:
        given_answers(TemplateRequest("api", data=("frame_work=flask",)), QUESTIONS)
    assert caught.value.message == ("--data frame_work: the template does not ask for 'frame_work'")
    assert caught.value.hint == (f"it asks for {', '.join(QUESTIONS)}; did you mean framework?")


def test_a_template_without_questions_takes_no_answer() -> None:
    with pytest.raises(UsageError) as caught:
        given_answers(TemplateRequest("api", flags={"framework": "flask"}), {})
    assert caught.value.message.startswith("--framework: ")
    assert caught.value.hint == "it asks nothing"


def test_a_wrong_answer_is_told_with_the_place_it_came_from(tmp_path: Path) -> None:
    request = request_with(tmp_path, "workers: many\n")
    with pytest.raises(UsageError) as caught:
        given_answers(request, QUESTIONS)
    assert caught.value.message == (
        f"--data-file {request.data_file}, workers: 'many' is not a number"
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([], {}),
        (["a=1"], {"a": "1"}),
        (["a=x=y"], {"a": "x=y"}),
        (["a="], {"a": ""}),
        (["a=1", "a=2"], {"a": "2"}),
        (["a=one\ntwo"], {"a": "one\ntwo"}),
    ],
)
def test_a_pair_is_split_at_its_first_equals(data: list[str], expected: dict[str, str]) -> None:
    assert parse_pairs(data) == expected


@pytest.mark.parametrize("pair", ["", "a", "=1"])
def test_what_is_no_pair_is_refused_with_its_flag(pair: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_pairs([pair])
    assert caught.value.message == f"--data {pair!r} is not KEY=VALUE"
    with pytest.raises(UsageError) as caught:
        parse_pairs([pair], flag="")
    assert caught.value.message == f"{pair!r} is not KEY=VALUE"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("framework", "flask"),
        ("websockets", True),
        ("websockets", "no"),
        ("websockets", "ON"),
        ("websockets", 1),
        ("workers", "3"),
        ("workers", 3),
        ("share", "0.5"),
        ("project_name", "x"),
        ("project_name", 3),
        ("tags", "[a, b]"),
        ("tags", ["c"]),
        ("tags", "a"),
        ("tags", []),
        ("extra", {"any": ["thing"]}),
    ],
)
def test_a_value_of_the_right_type_is_taken(name: str, value: Any) -> None:
    check_answer(QUESTIONS[name], value, "--x")


@pytest.mark.parametrize(
    ("name", "value", "message", "hint"),
    [
        (
            "framework",
            "Flasc",
            "--x: 'Flasc' is not one of fastapi, flask",
            "did you mean flask?",
        ),
        ("framework", "", "--x: '' is not one of fastapi, flask", ""),
        (
            "framework",
            True,
            "--x: 'true' is not one of fastapi, flask",
            "",
        ),
        ("tags", "[a, d]", "--x: 'd' is not one of a, b, c", ""),
        ("tags", "[a", "--x: '[a' is not one of a, b, c", "did you mean a?"),
        ("tags", "2001-99-99", "--x: '2001-99-99' is not one of a, b, c", ""),
        ("websockets", "treu", "--x: 'treu' is not true or false", "did you mean true?"),
        ("websockets", None, "--x: None is not true or false", ""),
        ("workers", "two", "--x: 'two' is not a number", ""),
        ("workers", "2.5", "--x: '2.5' is not a number", ""),
        ("workers", [2], "--x: [2] is not a number", ""),
        ("workers", float("inf"), "--x: inf is not a number", ""),
        ("share", "half", "--x: 'half' is not a number", ""),
        ("project_name", ["x"], "--x: ['x'] is not text", ""),
        ("project_name", None, "--x: None is not text", ""),
        ("project_name", "caf\udce9", "--x: 'caf\\udce9' is not UTF-8", ""),
    ],
)
def test_a_wrong_value_names_what_is_allowed(
    name: str, value: Any, message: str, hint: str
) -> None:
    error = refused(name, value)
    assert (error.message, error.exit_code) == (message, 2)
    assert error.hint == hint


RESOURCES = {
    "auth": Question("auth", "str", ("none", "jwt"), default="none"),
    "resources": Question("resources", "yaml", default="- {name: items, fields: ['a:int']}"),
}
ITEMS = {"name": "items", "fields": ["a:int"]}
ORDERS = NewResource("orders", "order", ("a:int", "b"))


@pytest.mark.parametrize(
    ("given", "entries"),
    [
        ({"resources": (ORDERS,)}, [ITEMS, ORDERS.entry]),
        ({"resources": (ORDERS,), "no_items": True}, [ORDERS.entry]),
        ({"no_items": True}, []),
    ],
)
def test_resources_come_beside_the_example_or_without_it(
    given: dict[str, Any], entries: list[Any]
) -> None:
    request = TemplateRequest("api", **given)
    assert given_answers(request, RESOURCES) == {"resources": entries}


@pytest.mark.parametrize(
    ("given", "option"),
    [({"resources": (ORDERS,)}, "--resource"), ({"no_items": True}, "--no-items")],
)
def test_resources_are_answered_once(given: dict[str, Any], option: str) -> None:
    with pytest.raises(UsageError) as caught:
        given_answers(TemplateRequest("api", data=("resources=[]",), **given), RESOURCES)
    assert caught.value.message == f"{option}: resources is answered twice"
    with pytest.raises(UsageError) as caught:
        given_answers(TemplateRequest("api", **given), QUESTIONS)
    assert caught.value.message == f"{option}: the template does not ask for 'resources'"


def test_a_resource_needs_a_database_and_no_items_need_none() -> None:
    with pytest.raises(UsageError) as caught:
        reject_hidden(
            TemplateRequest("api", resources=(ORDERS,)), {"resources": [1]}, ["resources"]
        )
    assert caught.value.message == (
        "--resource: a resource is kept in a database, and there is none"
    )
    reject_hidden(TemplateRequest("api", no_items=True), {"resources": []}, ["resources"])


def test_a_rule_on_resources_is_told_without_the_whole_answer() -> None:
    invalid = InvalidAnswer("resources", "orders: no.")
    error = explain_invalid_answer(
        invalid, TemplateRequest("api", resources=(ORDERS,)), {"resources": [ITEMS]}
    )
    assert error.message == "orders: no."
    assert error.hint.startswith("a field is NAME:TYPE")
    request = TemplateRequest("api", data=("resources=[]",))
    error = explain_invalid_answer(invalid, request, {"resources": "[]"})
    assert (error.message, error.hint) == ("orders: no.", "")


def test_the_nearest_word_is_found_whatever_its_case() -> None:
    assert refused("framework", "FLASK!").hint == "did you mean flask?"
    assert refused("framework", "fast").hint == "did you mean fastapi?"


def test_choices_that_are_numbers_or_booleans_are_compared_as_they_are_written() -> None:
    question = Question("level", "int", (1, 2, True))
    check_answer(question, "1", "--x")
    check_answer(question, "true", "--x")
    with pytest.raises(UsageError, match="'3' is not one of 1, 2, true"):
        check_answer(question, 3, "--x")


@pytest.mark.parametrize(
    ("folder", "identity", "expected"),
    [
        ("shop", {"user.name": "Ada"}, {"project_name": "shop", "author": "Ada"}),
        ("shop", {}, {"project_name": "shop"}),
        ("", {"user.name": "Ada"}, {"author": "Ada"}),
    ],
)
def test_the_folder_and_the_user_of_git_are_better_defaults(
    folder: str, identity: dict[str, str], expected: dict[str, str]
) -> None:
    assert derived_defaults(QUESTIONS, folder, identity) == expected


def test_a_better_default_is_only_for_what_is_asked() -> None:
    assert derived_defaults({}, "shop", {"user.name": "Ada"}) == {}


def test_an_answer_to_a_question_that_is_not_asked_is_refused() -> None:
    request = TemplateRequest("api", data=("workers=3",), flags={"author": "Ada"})
    given = {"workers": "3", "author": "Ada"}
    reject_hidden(request, given, ["tags"])
    with pytest.raises(UsageError) as caught:
        reject_hidden(request, given, ["tags", "workers"])
    assert caught.value.message == (
        "--data workers: workers is not asked together with the other answers"
    )


@pytest.mark.parametrize(
    ("question", "given", "message", "hint"),
    [
        (
            "project_name",
            {"project_name": "My Shop"},
            "--name: 'My Shop': Use no spaces.",
            "did you mean my-shop?",
        ),
        ("workers", {"workers": "0"}, "--data workers: '0': Use no spaces.", ""),
        (
            "project_name",
            {},
            "'My Shop' cannot be the project's name: Use no spaces.",
            "add --name my-shop",
        ),
        (
            "author",
            {},
            "the default of author is refused: Use no spaces.",
            "give --author",
        ),
        (
            "workers",
            {},
            "the default of workers is refused: Use no spaces.",
            "give --workers",
        ),
    ],
)
def test_a_rule_is_explained_in_terms_of_the_flag_that_broke_it(
    question: str, given: dict[str, Any], message: str, hint: str
) -> None:
    flags = {name: value for name, value in given.items() if name == "project_name"}
    request = TemplateRequest(
        "parent/My Shop", flags=flags, data=tuple(f"{k}={v}" for k, v in given.items())
    )
    error = explain_invalid_answer(InvalidAnswer(question, "Use no spaces."), request, given)
    assert (error.message, error.hint) == (message, hint)
