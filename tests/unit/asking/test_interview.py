"""What is open is asked, screen by screen, and nothing is made before the user agrees."""

from typing import Any

import pytest

from scaffold.asking.forms import Choose, Tick, Type
from scaffold.asking.interview import Interview
from scaffold.errors import Interrupted, UsageError
from scaffold.new.plan import NewRequest
from scaffold.template.questionnaire import Questionnaire
from scaffold.template.questions import Answers
from scaffold.template.template import Template
from tests.support.user import BACK, User

CREATE, CHOOSE, NOT_SURE = "Create the project", "Let me choose", "Not sure"
ALL = ["shop", "Ada", "Flask", "SQLite", "None", ["WebSockets"], "3", ["a", "c"], "s3", "x", "{}"]
ANSWERS = {
    "project_name": "shop",
    "author": "Ada",
    "framework": "flask",
    "database": "sqlite",
    "auth": "none",
    "websockets": True,
    "ml": False,
    "workers": 3,
    "tags": ["a", "c"],
    "token": "s3",
    "place": "x",
    "limits": {},
    "resources": [{"name": "items", "singular": "item", "fields": ["a:int"]}],
    "silent": "quiet",
}
TITLES = [
    "Start with",
    "Name",
    "Author",
    "Framework",
    "Database",
    "Sign-in",
    "Features",
    "Workers",
    "Tags",
    "Token",
    "Place",
    "Limits",
    "Your answers",
]


class Asker:
    """An interview of a user about the template of these tests."""

    def __init__(self, template: Template, questionnaire: Questionnaire) -> None:
        self.template = template
        self.questionnaire = questionnaire

    def __call__(self, user: User, defaults: Answers | None = None, **flags: Any) -> Answers:
        request = NewRequest("api", flags=flags)
        questions = self.template.questions
        interview = Interview(
            request, questions, self.questionnaire, defaults or {}, flags, user.show
        )
        answers = interview.run()
        assert user.answers == []
        return answers


@pytest.fixture
def ask(template: Template, questionnaire: Questionnaire) -> Asker:
    return Asker(template, questionnaire)


def form(user: User, title: str) -> Any:
    """The last form of that title."""
    return [form for form in user.seen if form.title == title][-1]


def rows(user: User, title: str) -> list[str]:
    return [row.title for row in form(user, title).rows]


def test_each_question_is_asked_once_and_all_yes_or_no_on_one_screen(ask: Asker) -> None:
    user = User(CHOOSE, *ALL, CREATE)
    assert ask(user) == ANSWERS
    assert user.titles == TITLES
    features = form(user, "Features")
    assert isinstance(features, Tick)
    assert [(row.title, row.explanation) for row in features.rows] == [
        ("WebSockets", "Rooms."),
        ("Predictions", "Of a model."),
    ]


def test_a_question_shows_its_title_its_explanation_and_its_default(ask: Asker) -> None:
    user = User(CHOOSE, *ALL, CREATE)
    ask(user, {"author": "Bob"})
    author, database, tags, limits = (
        form(user, t) for t in ("Author", "Database", "Tags", "Limits")
    )
    assert isinstance(author, Type)
    assert (author.explanation, author.default) == ("Who owns it", "Bob")
    assert isinstance(database, Choose)
    assert database.explanation == "Where shop keeps its data."
    assert (database.rows[0].title, database.rows[0].explanation) == ("SQLite", "A file")
    assert database.default == "sqlite"
    assert tags.ticked == ("b",)
    assert limits.default == '{"cpu": 1}'
    assert form(user, "Token").secret
    assert form(user, "Place").path


def test_the_answers_so_far_stand_above_the_question(ask: Asker) -> None:
    user = User(CHOOSE, *ALL, CREATE)
    ask(user)
    assert form(user, "Sign-in").above == (
        "Name       shop",
        "Author     Ada",
        "Framework  Flask",
        "Database   SQLite",
    )


def test_the_review_shows_every_answer_in_words(ask: Asker) -> None:
    user = User(CHOOSE, *ALL, CREATE)
    ask(user)
    assert rows(user, "Your answers") == [
        CREATE,
        "Name         shop",
        "Author       Ada",
        "Framework    Flask",
        "Database     SQLite",
        "Sign-in      None",
        "WebSockets   Yes",
        "Predictions  No",
        "Workers      3",
        "Tags         a, c",
        "Token        ********",
        "Place        x",
        "Limits       {}",
        "Resources    items",
        "Silent       quiet",
        "Cancel",
    ]


@pytest.mark.parametrize(
    ("preset", "answers"),
    [
        ("API", {"database": "sqlite", "auth": "jwt", "ml": False}),
        ("Model server", {"database": "none", "ml": True}),
        ("Everything", {"database": "sqlite", "auth": "jwt", "ml": True, "websockets": True}),
    ],
)
def test_a_preset_answers_all_but_which_framework(
    ask: Asker, preset: str, answers: dict[str, Any]
) -> None:
    user = User(preset, "FastAPI", CREATE)
    made = ask(user)
    assert user.titles == ["Start with", "Framework", "Your answers"]
    assert answers.items() <= made.items()
    assert ("auth" in made) is ("auth" in answers)
    assert (made["workers"], made["project_name"]) == (2, "my-service")


def test_flags_win_over_a_preset(ask: Asker) -> None:
    user = User("API", CREATE)
    made = ask(user, framework="flask", database="postgresql")
    assert (made["framework"], made["database"], made["auth"]) == ("flask", "postgresql", "jwt")
    assert form(user, "Your answers").note == ""


def test_no_preset_is_offered_where_flags_answer_all_features(ask: Asker) -> None:
    user = User("shop", "Ada", "Flask", "3", [], "t", "x", "{}", CREATE)
    ask(user, database="none", auth="none", websockets=True, ml=False)
    assert user.titles[0] == "Name"


def test_a_rule_is_told_where_the_answer_is_given(ask: Asker) -> None:
    wrong = ["My Shop", *ALL]
    wrong[wrong.index("3")] = "0"
    wrong.insert(wrong.index("0") + 1, "many")
    wrong.insert(wrong.index("many") + 1, "3")
    user = User(CHOOSE, *wrong, CREATE)
    assert ask(user)["project_name"] == "shop"
    assert user.refused == ["Use lower case.", "At least one.", "Type a whole number."]


def test_a_rule_on_one_of_several_switches_is_told_with_its_title(ask: Asker) -> None:
    user = User(CHOOSE, *ALL[:5], ["Predictions"], *ALL[5:], CREATE)
    assert ask(user) == ANSWERS
    assert user.refused == ["Predictions: Not with Flask."]


def test_a_preset_that_breaks_a_rule_is_put_right_by_the_user(ask: Asker) -> None:
    user = User("Everything", "No", CREATE)
    made = ask(user, framework="flask")
    assert (made["ml"], made["websockets"]) == (False, True)
    assert form(user, "Predictions").note == "Predictions: Not with Flask."


def test_the_question_before_is_asked_again_with_its_answer(ask: Asker) -> None:
    user = User(CHOOSE, "shop", "Ada", BACK, BACK, "store", *ALL[1:], CREATE)
    assert ask(user)["project_name"] == "store"
    assert user.titles[1:7] == ["Name", "Author", "Framework", "Author", "Name", "Author"]
    assert [seen.default for seen in user.seen[4:6] if isinstance(seen, Type)] == ["Ada", "shop"]
    assert [seen.default for seen in user.seen[6:7] if isinstance(seen, Type)] == ["Ada"]
    assert [seen.first for seen in user.seen] == [True, *[False] * (len(user.seen) - 1)]


def test_the_way_back_leads_through_several_switches_to_the_presets(ask: Asker) -> None:
    back = [BACK] * 7
    user = User(CHOOSE, *ALL[:6], *back, "API", "Flask", CREATE)
    assert ask(user)["auth"] == "jwt"
    features = [seen for seen in user.seen if isinstance(seen, Tick)]
    assert [seen.ticked for seen in features] == [(), ("websockets",)]
    assert user.titles.count("Start with") == 2
    assert {seen.title for seen in user.seen if seen.first} == {"Start with"}


def test_what_an_answer_drops_is_said_and_comes_back_with_it(ask: Asker) -> None:
    user = User(CHOOSE, *ALL[:3], "SQLite", "Passwords", BACK, BACK, "None", BACK, "SQLite")
    user.answers += ["Passwords", *ALL[5:], CREATE]
    assert ask(user)["auth"] == "jwt"
    notes = [(seen.title, seen.note) for seen in user.seen if seen.note]
    assert notes == [("Features", "Database: None drops Sign-in: Passwords.")]
    assert form(user, "Sign-in").default == "jwt"


def test_a_flag_that_an_answer_leaves_no_place_for_is_refused_by_its_rule(ask: Asker) -> None:
    user = User(CHOOSE, *ALL[:3], "None", *ALL[3:4], *ALL[5:], CREATE)
    assert ask(user, auth="jwt")["auth"] == "jwt"
    assert user.refused == ["Sign-in needs one."]


def test_a_flag_for_a_question_that_is_not_asked_is_refused_where_nothing_is(
    ask: Asker,
) -> None:
    flags: dict[str, Any] = {**ANSWERS, "database": "none", "tags": ["a"], "silent": "quiet"}
    with pytest.raises(UsageError, match="--auth: auth is not asked together"):
        ask(User(), **flags)


def test_an_answer_is_changed_in_the_review(ask: Asker) -> None:
    user = User("API", "FastAPI", "Workers", BACK, "Workers", "4", CREATE)
    assert ask(user)["workers"] == 4
    assert user.titles[2:] == [
        "Your answers",
        "Workers",
        "Your answers",
        "Workers",
        "Your answers",
    ]


def test_a_flag_can_be_changed_in_the_review_and_what_it_drops_is_said(ask: Asker) -> None:
    user = User("API", "FastAPI", "Database", "None", CREATE)
    assert "auth" not in ask(user, auth="jwt")
    assert form(user, "Your answers").note == "Database: None drops Sign-in: Passwords."


def test_a_change_that_brings_a_question_up_asks_it(ask: Asker) -> None:
    user = User("Model server", "FastAPI", "Database", "SQLite", "Passwords", CREATE)
    assert ask(user)["auth"] == "jwt"
    assert user.titles[-3:] == ["Database", "Sign-in", "Your answers"]


def test_a_change_that_makes_another_answer_wrong_asks_for_that_too(ask: Asker) -> None:
    user = User("Model server", "FastAPI", "Framework", "Flask", "No", CREATE)
    made = ask(user)
    assert (made["framework"], made["ml"]) == ("flask", False)
    assert form(user, "Predictions").note == "Predictions: Not with Flask."


def test_yes_or_no_is_changed_by_itself_in_the_review(ask: Asker) -> None:
    user = User("API", "FastAPI", "WebSockets", "Yes", CREATE)
    assert ask(user)["websockets"] is True


def test_from_the_review_it_goes_back_too(ask: Asker) -> None:
    user = User("API", "FastAPI", BACK, "Flask", CREATE)
    assert ask(user)["framework"] == "flask"


def test_resources_are_shown_and_how_they_change_is_said(ask: Asker) -> None:
    user = User(CHOOSE, *ALL, "Resources", CREATE)
    assert ask(user) == ANSWERS
    assert form(user, "Your answers").note == (
        "`scaffold generate resource` adds one to a project; "
        "`scaffold new --no-items` leaves the example out."
    )
    orders = [{"name": "orders", "singular": "order", "fields": ["a:int"]}]
    user = User("API", "FastAPI", CREATE)
    assert ask(user, resources=orders)["resources"] == orders
    assert "Resources    orders" in rows(user, "Your answers")


def test_cancel_ends_it(ask: Asker) -> None:
    with pytest.raises(Interrupted, match="cancelled; nothing was created"):
        ask(User("API", "Flask", "Cancel"))


def test_ctrl_c_at_a_question_is_an_interrupt(ask: Asker) -> None:
    with pytest.raises(KeyboardInterrupt):
        ask(User("API", KeyboardInterrupt()))


def test_who_is_not_sure_is_advised_and_asked_again(
    ask: Asker, capsys: pytest.CaptureFixture[str]
) -> None:
    advice = ["HTML pages that it renders itself", NOT_SURE, "Yes", NOT_SURE, *[NOT_SURE] * 4]
    user = User("API", NOT_SURE, *advice, "Yes", "Flask", CREATE)
    made = ask(user)
    assert (made["framework"], made["websockets"]) == ("flask", True)
    framework = form(user, "Framework")
    assert (framework.note, framework.default) == ("Flask, 3 to 2: it is close", "flask")
    told = capsys.readouterr().err.splitlines()
    assert "For Flask" in told
    assert told[-2:] == ["Flask, 3 to 2: it is close", ""]


def test_the_way_back_leads_out_of_the_advice(ask: Asker) -> None:
    user = User("API", NOT_SURE, BACK, "Flask", CREATE)
    assert ask(user)["framework"] == "flask"


def test_an_advice_does_not_ask_what_is_answered(ask: Asker) -> None:
    user = User("Model server", NOT_SURE, *[NOT_SURE] * 8, "Flask", "No", CREATE)
    ask(user)
    assert user.seen[2].explanation == "Question 1 of 8"
