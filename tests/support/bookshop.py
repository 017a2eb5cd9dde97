"""A Flask application as somebody else would have written it: one module called `app.py`, pages, cookies, and no types."""

from pathlib import Path

APP = """\
import time

from flask import Flask, Response, make_response, redirect, request, session, url_for

import prices


def create_app(name="Books"):
    app = Flask(__name__)
    app.secret_key = "not a secret"

    @app.route("/")
    def index():
        return f"<h1>{name}</h1><a href={url_for('book', number=1)}>One</a> {session.get('seen', 0)}"

    @app.route("/books/<int:number>", methods=["GET", "DELETE"])
    def book(number):
        session["seen"] = number
        return {"number": number, "price": prices.of(number)}

    @app.route("/go")
    def go():
        answer = make_response(redirect(url_for("index")))
        answer.set_cookie("one", "1")
        answer.set_cookie("two", "2")
        return answer

    @app.route("/echo", methods=["POST"])
    def echo():
        return request.get_data()

    @app.route("/upload", methods=["POST"])
    def upload():
        return str(len(request.files["cover"].read()))

    @app.route("/stream")
    def stream():
        return Response((f"line {n}\\n" for n in range(3)), mimetype="text/plain")

    @app.route("/broken")
    def broken():
        return Response(1 / (1 - n) and f"line {n}\\n" for n in range(3))

    @app.route("/search/<words>")
    def search(words):
        return [words, request.args.get("in"), request.headers.get("X-User")]

    @app.route("/slow")
    def slow():
        time.sleep(float(request.args["seconds"]))
        return "slept"

    @app.errorhandler(404)
    def missing(error):
        return "<h1>No such page</h1>", 404

    return app
"""
PRICES = """\
def of(number):
    return number * 2
"""
TESTS = """\
from app import create_app


def test_index():
    assert b"Books" in create_app().test_client().get("/").data
"""
NEW_ROUTES = '''\
"""The routes that were moved."""

from fastapi import APIRouter, FastAPI

from app.settings import Settings

router = APIRouter()


@router.get("/books/{number}")
async def read_book(number: int) -> dict[str, int]:
    """Read a book."""
    return {"number": number, "price": number * 2}


def init_app(app: FastAPI, _settings: Settings) -> None:
    """Add the routes."""
    app.include_router(router)
'''


def write(folder: Path) -> None:
    """Write its files."""
    for path, text in {
        "app.py": APP,
        "prices.py": PRICES,
        "tests/test_app.py": TESTS,
        "requirements.txt": "flask>=3\n",
        "README.md": "# Books\n",
        ".gitignore": ".venv\n__pycache__/\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def move_a_route(folder: Path) -> None:
    """Have FastAPI answer `GET /books/{number}`."""
    (folder / "app/books").mkdir()
    (folder / "app/books/__init__.py").write_text("")
    (folder / "app/books/feature.py").write_text(NEW_ROUTES)
    main = folder / "app/main.py"
    text = main.read_text().replace(
        "from app.logging", "from app.books import feature as books\nfrom app.logging", 1
    )
    before = "    # And after these, because"
    main.write_text(text.replace(before, f"    books.init_app(app, settings)\n{before}", 1))
