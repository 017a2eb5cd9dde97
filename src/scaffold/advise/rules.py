"""What `scaffold advise` asks, and which answer speaks for which framework. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass

from scaffold.frameworks import FASTAPI, FLASK
from scaffold.template.questions import Question


@dataclass(frozen=True)
class Rule:
    """An answer, the framework that it speaks for, how much, and why."""

    question: str
    answer: str | bool
    framework: str
    weight: int  # 1 a little, 2 clearly, 3 by itself enough against most others
    reason: str
    ground: str  # the measurement or the property that the reason rests on
    source: str  # where that stands


def _choice(name: str, text: str, choices: Mapping[str, str]) -> Question:
    return Question(name, "str", tuple(choices), tuple(choices.values()), help=text)


def _yes_or_no(name: str, text: str) -> Question:
    return Question(name, "bool", (True, False), ("Yes", "No"), help=text)


_QUESTIONS = (
    _choice(
        "serves",
        "What does it serve first of all?",
        {
            "api": "An API for programs",
            "pages": "HTML pages that it renders itself",
            "both": "An API and pages alike",
        },
    ),
    _choice(
        "concurrency",
        "How many clients are connected or waiting at the same moment?",
        {"few": "A few dozen at most", "hundreds": "Hundreds", "thousands": "Thousands"},
    ),
    _yes_or_no("websockets", "Does it talk to clients in real time, over WebSockets?"),
    _yes_or_no("ml", "Does it serve predictions of a model?"),
    _yes_or_no("async", "Has the team written async Python before?"),
    _yes_or_no("type_hints", "Is the team used to type hints?"),
    _choice(
        "flask",
        "What ties you to Flask?",
        {
            "code": "Flask code or extensions that should stay",
            "team": "The team knows Flask best",
            "none": "Nothing",
        },
    ),
    _yes_or_no("api_docs", "Do others rely on API documents that are generated?"),
    _yes_or_no("prototype", "Is it a prototype, to find out whether an idea is good?"),
)
QUESTIONS: Mapping[str, Question] = {question.name: question for question in _QUESTIONS}
# What `scaffold new` is told of a service that serves it.
SERVED: Mapping[str, tuple[str, str]] = {
    "pages": ("pages", "plain"),
    "both": ("pages", "plain"),
}

RULES = (
    Rule(
        "serves",
        "api",
        FASTAPI,
        2,
        "FastAPI itself reads, validates and documents JSON; the Flask service needs own code.",
        "property: on Flask, two modules of 67 and 79 lines do it",
        "docs/decisions/0021-flask-openapi.md",
    ),
    Rule(
        "serves",
        "pages",
        FLASK,
        1,
        "Both have the same pages; for what you add to them, more parts are made for Flask.",
        "property: forms, admin pages and translations are extensions of Flask (Flask-WTF and others)",
        "https://flask.palletsprojects.com/en/stable/extensions/",
    ),
    Rule(
        "concurrency",
        "few",
        FLASK,
        1,
        "A few requests at a time fit into a Flask worker's threads; no code has to await.",
        "property: a worker answers 8 requests at a time",
        "docs/decisions/0053-threads-of-predictions-on-flask.md",
    ),
    Rule(
        "concurrency",
        "hundreds",
        FASTAPI,
        1,
        "Requests that wait for something use up a Flask worker's threads, and others queue.",
        "measured: of 64 clients that wait for a call of 100 ms, FastAPI answers 485 a second, "
        "Flask 77, and 551 with 64 threads",
        "docs/choosing.md",
    ),
    Rule(
        "concurrency",
        "thousands",
        FASTAPI,
        3,
        "On an event loop a client that waits costs some memory and no thread.",
        "measured: 5,000 idle sockets take 195 MiB of one worker",
        "docs/decisions/0043-uvicorns-protocol-with-guards.md",
    ),
    Rule(
        "websockets",
        True,
        FASTAPI,
        2,
        "A FastAPI worker holds thousands of sockets, a Flask worker hundreds.",
        "measured: about 40 KiB and no thread for each socket, against 55 KiB and a thread; "
        "the limits are 5000 and 500",
        "docs/websockets.md",
    ),
    Rule(
        "ml",
        True,
        FASTAPI,
        2,
        "FastAPI serves more predictions a second, most with many clients or a small model.",
        "measured: 2.51 times as many with the example model and 64 clients",
        "docs/choosing.md",
    ),
    Rule(
        "async",
        True,
        FASTAPI,
        1,
        "The team can use what async is for: waiting for many things at once without threads.",
        "property: the FastAPI service is async down to the database (async SQLAlchemy)",
        "README.md",
    ),
    Rule(
        "async",
        False,
        FLASK,
        2,
        "One call that blocks holds up all clients of an async worker; on Flask, one thread.",
        "measured: beside a handler that blocks the loop, 5.7 to 8.0 times the predictions, "
        "batches included",
        "docs/ml.md",
    ),
    Rule(
        "type_hints",
        True,
        FASTAPI,
        1,
        "In FastAPI all that a route needs is a typed parameter, which mypy checks.",
        "property: a route gets its database session as `session: SessionDep`",
        "templates/fastapi/app/database.py.jinja",
    ),
    Rule(
        "type_hints",
        False,
        FLASK,
        1,
        "In Flask only a view that validates needs type hints; in FastAPI they steer every route.",
        "property: the Flask service reads the hints of a view for its body, query and path only",
        "docs/decisions/0021-flask-openapi.md",
    ),
    Rule(
        "flask",
        "code",
        FLASK,
        3,
        "Flask views and extensions go on working as they are; on FastAPI they are rewritten.",
        "property: the two frameworks have few lines in common",
        "docs/updating.md",
    ),
    Rule(
        "flask",
        "team",
        FLASK,
        2,
        "The team is at home in it on the first day, and a client sees no difference.",
        "property: both services keep one contract",
        "docs/contract.md",
    ),
    Rule(
        "api_docs",
        True,
        FASTAPI,
        1,
        "Both have the same document today; FastAPI also describes what you add, whatever it is.",
        "property: on Flask a form or a header parameter needs a few lines more",
        "docs/decisions/0021-flask-openapi.md",
    ),
    Rule(
        "prototype",
        True,
        FLASK,
        2,
        "A prototype tries libraries out, and on Flask any will do: none has to be async.",
        "property: the Flask service is synchronous throughout (Flask-SQLAlchemy, Gunicorn)",
        "README.md",
    ),
)
