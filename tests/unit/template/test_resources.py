"""What was generated is a list of entries, to which a command adds and from which it takes."""

from collections.abc import Mapping
from typing import Any

import pytest

from scaffold.errors import UsageError
from scaffold.template import resources
from scaffold.template.questions import Question
from scaffold.template.resources import Entry, NewResource, new_fields, new_resource, parse_resource

ITEMS = {"name": "items", "singular": "item", "before_sign_in": True, "fields": ["name:str:100"]}
ORDERS = {"name": "orders", "singular": "order", "fields": ["a:int"]}
MORE = {"field_of": "orders", "fields": ["b:int"]}
DEFAULT = "- {name: items, singular: item, before_sign_in: true, fields: ['name:str:100']}"
QUESTIONS = {
    "auth": Question("auth", "str", ("none", "jwt"), default="none"),
    "resources": Question("resources", "yaml", default=DEFAULT),
}


def marked(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**entry, "before_sign_in": True}


def refused(call: Any) -> UsageError:
    with pytest.raises(UsageError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("orders", {}, ("orders", "order")),
        ("order-lines", {}, ("order_lines", "order_line")),
        ("sheep_flock", {"singular": "one-sheep"}, ("sheep_flock", "one_sheep")),
        ("person", {"plural": "people"}, ("people", "person")),
        ("order-line", {"plural": "order-lines"}, ("order_lines", "order_line")),
    ],
)
def test_a_name_is_the_plural_unless_the_plural_is_given(
    name: str, words: dict[str, Any], expected: tuple[str, str]
) -> None:
    made = new_resource(name, ["a:int"], **words)
    assert (made.name, made.singular) == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sheep", {}),
        ("order", {}),
        ("orders", {"singular": "orders"}),
        ("sheep", {"plural": "sheep"}),
    ],
)
def test_a_singular_that_is_not_known_is_to_be_given(name: str, words: dict[str, Any]) -> None:
    error = refused(lambda: new_resource(name, ["a:int"], **words))
    assert error.message == (
        f"the singular of {name!r} is not known: give --singular WORD, "
        "or --plural WORD where it is the singular"
    )


def test_a_singular_and_a_plural_do_not_go_together() -> None:
    error = refused(lambda: new_resource("a", ["a:int"], singular="a", plural="b"))
    assert error.message == "--singular and --plural do not go together"


def test_an_entry_has_only_what_is_not_a_default() -> None:
    assert new_resource("orders", ["a:int"]).entry == ORDERS
    assert new_resource("orders", ["a:int"], owner=False, public_read=True).entry == {
        **ORDERS,
        "owner": False,
        "public_read": True,
    }
    assert new_fields("orders", ["b:int"]).entry == MORE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders a:int", NewResource("orders", "order", ("a:int",))),
        (
            "order-lines a:int b:str --no-owner --public-read",
            NewResource("order_lines", "order_line", ("a:int", "b:str"), False, True),
        ),
        ("person name:str --plural people", NewResource("people", "person", ("name:str",))),
        ("--singular=datum data a:int", NewResource("data", "datum", ("a:int",))),
    ],
)
def test_a_resource_is_read_from_one_word_of_the_command_line(
    text: str, expected: NewResource
) -> None:
    assert parse_resource(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--resource '' is not a name and its fields"),
        ("orders", "--resource 'orders' is not a name and its fields"),
        ("orders a:int --colour red", "--resource 'orders a:int --colour red': there is no option"),
        ("orders 'a", '--resource "orders \'a": No closing quotation'),
        ("data a:int --singular", "the singular of 'data' is not known: give --singular WORD"),
    ],
)
def test_what_is_no_resource_is_refused(text: str, message: str) -> None:
    assert refused(lambda: parse_resource(text)).message.startswith(message)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["a:int", "b:str:100:optional", "c:enum:a/b.c-d", "D:x"], True),
        (["a:int", "b:enum:x/y:default=x"], False),
        (["a"], True),
        (["a=int"], True),
        (["a:"], True),
        ([], False),
    ],
)
def test_the_form_of_a_field_is_shown_where_a_word_has_another(
    words: list[str], told: bool
) -> None:
    assert resources.form_hint(words).startswith("a field is NAME:TYPE") is told


def test_what_is_generated_comes_last() -> None:
    new = (new_resource("orders", ["a:int"]), new_fields("orders", ["b:int"]))
    assert resources.generate([ITEMS], new) == [ITEMS, ORDERS, MORE]


def test_a_resource_that_is_there_is_not_generated_again() -> None:
    error = refused(lambda: resources.generate([ORDERS], [new_resource("orders", ["a:int"])]))
    assert error.message == "there is a resource orders already"
    assert error.hint == "`scaffold generate field orders …` adds fields to it"


@pytest.mark.parametrize(
    ("entries", "hint"),
    [
        ([ITEMS, ORDERS], "did you mean orders?"),
        ([ITEMS], "there is items"),
        ([ITEMS, {**ORDERS, "name": "notes"}], "there are items, notes"),
        ([], "`scaffold generate resource order …` makes one"),
    ],
)
def test_a_resource_that_is_not_there_is_refused_with_what_is(
    entries: list[Any], hint: str
) -> None:
    for call in (
        lambda: resources.generate(entries, [new_fields("order", ["b:int"])]),
        lambda: resources.remove(entries, ["order"]),
    ):
        error = refused(call)
        assert (error.message, error.hint) == ("there is no resource order", hint)


def test_a_removed_resource_takes_all_its_entries_along() -> None:
    lines = {**ORDERS, "name": "order_lines"}
    entries: list[Entry] = [ITEMS, ORDERS, lines, MORE]
    assert resources.remove(entries, ["orders"]) == [ITEMS, lines]
    assert resources.remove(entries, ["order-lines", "items"]) == [ORDERS, MORE]


@pytest.mark.parametrize("value", [None, 5, "", "5", "[", {"a": 1}, True])
def test_an_answer_of_another_form_has_no_entries(value: Any) -> None:
    assert resources.entries_of(value) == []


def test_entries_are_marked_where_nobody_signs_in() -> None:
    for answers in ({"auth": "none"}, {}):
        found = resources.with_marks({**answers, "resources": [ITEMS, ORDERS, MORE]}, QUESTIONS)
        assert found["resources"] == [ITEMS, marked(ORDERS), marked(MORE)]
    assert resources.with_marks({"resources": f"{DEFAULT}\n- 5\n- {{a: 1}}"}, QUESTIONS) == {
        "resources": [ITEMS, 5, {"a": 1, "before_sign_in": True}]
    }


@pytest.mark.parametrize(
    "answers",
    [
        {"auth": "jwt", "resources": [ORDERS]},
        {"auth": "none"},
        {"auth": "none", "resources": [ITEMS]},
        {"auth": "none", "resources": "["},
    ],
)
def test_other_answers_stay_as_they_are(answers: dict[str, Any]) -> None:
    assert resources.with_marks(answers, QUESTIONS) == answers


def test_without_a_question_of_sign_in_nothing_is_marked() -> None:
    answers = {"resources": [ORDERS]}
    assert resources.with_marks(answers, {"resources": QUESTIONS["resources"]}) == answers


@pytest.mark.parametrize(
    ("auth", "entries", "options"),
    [
        ("none", [ITEMS], []),
        ("none", [], ["--no-items"]),
        ("none", [ITEMS, marked(ORDERS)], ["--resource", "orders a:int"]),
        ("jwt", [ORDERS], ["--no-items", "--resource", "orders a:int"]),
        (
            "jwt",
            [ITEMS, {**ORDERS, "singular": "one", "owner": False, "public_read": True}],
            ["--resource", "orders a:int --singular one --no-owner --public-read"],
        ),
        ("none", [ITEMS, ORDERS], None),  # as no command of the tool leaves it
        ("jwt", [ITEMS, marked(ORDERS)], None),
        ("jwt", [ITEMS, ORDERS, MORE], None),
        ("jwt", [ITEMS, {**ORDERS, "revision": "7"}], None),
        ("jwt", [ITEMS, 5], None),
        ("jwt", {"a": 1}, None),
    ],
)
def test_entries_are_given_again_by_options_where_there_are_some(
    auth: str, entries: Any, options: list[str] | None
) -> None:
    answers = {"auth": auth, "resources": entries}
    assert resources.resource_options(answers, QUESTIONS) == options


def test_a_change_is_told_in_the_words_of_the_command() -> None:
    later = [ITEMS, {**marked(ORDERS), "owner": False, "public_read": True}, MORE]
    assert resources.changed_resources([ITEMS, {**ITEMS, "name": "x"}], later) == (
        "- x name:str:100, + orders a:int --no-owner --public-read, + orders b:int"
    )
    assert resources.changed_resources([ORDERS], [marked(ORDERS)]) == ""
    assert resources.changed_resources([5], ["x"]) == "- 5, + x"


def test_an_answer_is_spoken_by_the_names() -> None:
    assert resources.spoken_answer("resources", [ITEMS, ORDERS, MORE]) == "items, orders"
    assert resources.spoken_answer("resources", []) == "None"
    assert resources.spoken_answer("resources", {"a": 1}) == '{"a": 1}'
    assert resources.spoken_answer("other", True) == "Yes"
