"""The old application no longer does what the new one does for both."""

from scaffold.migrate.old_main import without_service

MAIN = '''"""The application."""

from flask import Flask

from app import database, health
from app.logging import configure_logging
from app.middleware import Middleware
from app.ml import feature as ml
from app.orders import feature as orders
from app.settings import Settings, load_settings


def create_app(settings: Settings | None = None) -> Flask:
    """Create it."""
    settings = settings or load_settings()
    configure_logging(settings)
    app = Flask(__name__)
    health.init_app(app)
    database.init_app(app, settings)
    ml.init_app(app, settings)
    orders.init_app(app, settings)
    app.wsgi_app = Middleware(app.wsgi_app, settings)  # type: ignore[method-assign]
    return app
'''


def test_the_log_the_middleware_and_features_that_would_run_twice_go() -> None:
    gone = (
        "from app.logging import configure_logging\n",
        "from app.middleware import Middleware\n",
        "from app.ml import feature as ml\n",
        "    configure_logging(settings)\n",
        "    ml.init_app(app, settings)\n",
        "    app.wsgi_app = Middleware(app.wsgi_app, settings)  # type: ignore[method-assign]\n",
    )
    expected = MAIN
    for line in gone:
        expected = expected.replace(line, "")
    assert without_service(MAIN) == expected


def test_a_middleware_of_ones_own_stays() -> None:
    own = "from x import Proxy\n\ndef f(app):\n    app.wsgi_app = Proxy(app.wsgi_app)\n"
    assert without_service(own) == own


def test_what_is_used_elsewhere_stays_imported() -> None:
    text = (
        "from app.logging import configure_logging\n\nconfigure_logging(1)\nf = configure_logging\n"
    )
    assert without_service(text).startswith("from app.logging import configure_logging\n")
