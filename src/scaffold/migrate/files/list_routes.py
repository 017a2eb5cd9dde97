"""Print the routes of a Flask application and what FastAPI answers, as JSON; runs in the project's own environment.

Called with `flask` in a service that is not migrated yet, with MODULE:NAME or MODULE:CALL in one that `scaffold` did not
make, and with `both` in one that is migrated.
"""

import inspect
import json
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def flask_routes(flask: Any) -> list[dict[str, Any]]:
    """Each rule with its methods, and the place of its view."""
    return [
        {
            "method": method,
            "path": re.sub(r"<(?:[^<>:]*:)?([^<>:]+)>", r"{\1}", rule.rule),
            "endpoint": rule.endpoint,
            **place(flask.view_functions.get(rule.endpoint)),
        }
        for rule in flask.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def place(view: Any) -> dict[str, Any]:
    """The file and the line of a view, where they lie in the project."""
    try:
        view = inspect.unwrap(view)
        view = getattr(view, "view_class", view)
        file = Path(inspect.getsourcefile(view) or "").resolve().relative_to(Path.cwd())
        if "site-packages" in file.parts:
            return {"file": "", "line": 0}
        return {"file": file.as_posix(), "line": inspect.getsourcelines(view)[1]}
    except (OSError, TypeError, ValueError):
        return {"file": "", "line": 0}


def answered_by_fastapi(app: Any, route: dict[str, Any]) -> bool:
    """Whether a route of FastAPI takes the request that this one of Flask takes."""
    from starlette.routing import Match

    from app.strangler.routes import OldRoutes

    path = re.sub(r"\{[^{}]*\}", "1", route["path"])
    scope = {
        "type": "http",
        "path": path,
        "root_path": "",
        "method": route["method"],
        "headers": [],
    }
    return any(
        each.matches(dict(scope))[0] is Match.FULL
        for each in app.router.routes
        if not isinstance(each, OldRoutes)
    )


def load(application: str) -> Any:
    """The Flask application of MODULE:NAME, or of a call in its place."""
    from flask import Flask

    module, _, call = application.partition(":")
    flask = eval(call, vars(import_module(module)))  # a name, or a call with literals
    if not isinstance(flask, Flask):
        sys.exit(f"{application} is not a Flask application but {type(flask).__name__}")
    return flask


def main() -> None:
    """Print one line."""
    sys.path[:0] = [os.getcwd(), str(Path.cwd() / "src")]
    if ":" in sys.argv[1]:
        print("\n" + json.dumps(flask_routes(load(sys.argv[1]))))
        return
    from app.main import create_app

    app = create_app()
    if sys.argv[1] == "flask":
        routes = flask_routes(app)
    else:
        from app.settings import load_settings
        from app.strangler.old_application import create_flask

        routes = flask_routes(create_flask(load_settings()))
        for route in routes:
            route["done"] = answered_by_fastapi(app, route)
    print("\n" + json.dumps(routes))


main()
