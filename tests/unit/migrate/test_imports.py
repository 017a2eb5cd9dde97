"""Imports that follow what moved; all else of a file stays as it was."""

import pytest

from scaffold.migrate.imports import add_import, rewrite_imports, sort_imports, without_names

KNOWN = {
    "app", "app.auth", "app.auth.models", "app.auth.tokens", "app.database", "app.models",
    "app.orders", "app.orders.models", "app.orders.routes",
}  # fmt: skip
OLD = {"app.auth.tokens", "app.database", "app.orders.routes"}


def rewritten(text: str, path: str = "tests/test_x.py", *, moves: bool = False) -> str:
    return rewrite_imports(path, text, OLD, KNOWN, moves=moves)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from app.database import db\n", "from flask_app.database import db\n"),
        ("from app.models import Base\n", "from app.models import Base\n"),
        (
            "from app.auth import models, tokens as t\n",
            "from app.auth import models\nfrom flask_app.auth import tokens as t\n",
        ),
        (
            "import app.database\n\napp.database.db\napp.models\n",
            "import flask_app.database\n\nflask_app.database.db\napp.models\n",
        ),
        ("import app.database as d\n\nd.db\n", "import flask_app.database as d\n\nd.db\n"),
        (
            "def f(app):\n    from app.database import db  # late\n    return app.database\n",
            "def f(app):\n    from flask_app.database import db  # late\n    return app.database\n",
        ),
        (
            "from app.database import (\n    db,  # the session\n    migrate,\n)\n",
            "from flask_app.database import (\n    db,  # the session\n    migrate,\n)\n",
        ),
        ("from apples.database import db\n", "from apples.database import db\n"),
    ],
)
def test_an_import_of_what_moved_leads_to_it(before: str, after: str) -> None:
    assert rewritten(before) == after


def test_imports_stay_in_order() -> None:
    before = "from app.database import db\nfrom app.models import Base\n\nfrom .x import y\n"
    after = "from app.models import Base\nfrom flask_app.database import db\n\nfrom .x import y\n"
    assert rewritten(before) == after


def test_what_moves_together_stays_relative_and_what_stays_behind_does_not() -> None:
    before = "from .models import Order\nfrom .routes import blueprint\n"
    after = "from .routes import blueprint\nfrom app.orders.models import Order\n"
    assert rewritten(before, "app/orders/feature.py", moves=True) == after


def test_a_relative_import_joins_the_others_of_the_project() -> None:
    before = "from app.database import db\n\nfrom .models import Order\n"
    after = "from app.orders.models import Order\nfrom flask_app.database import db\n"
    assert rewritten(before, "app/orders/feature.py", moves=True) == after


def test_a_statement_that_grows_too_long_is_broken() -> None:
    names = [f"a_longish_name_0{number}" for number in range(4)]
    before = f"from app.database import {', '.join(names)}\n"
    assert len(before) <= 101 < len(before) + 6
    inside = "".join(f"    {name},\n" for name in names)
    assert rewritten(before) == f"from flask_app.database import (\n{inside})\n"


def test_letters_before_an_import_do_not_shift_it() -> None:
    before = 'x = "äöü"; from app.database import db\n'
    assert rewritten(before) == 'x = "äöü"; from flask_app.database import db\n'


def test_an_import_is_added_at_its_place() -> None:
    text = "import os\n\nfrom app.a import x\nfrom app.c import z\n"
    added = add_import(text, "from app.b import y")
    assert added == "import os\n\nfrom app.a import x\nfrom app.b import y\nfrom app.c import z\n"
    with pytest.raises(ValueError, match="imports nothing"):
        add_import("import os\n", "from app.b import y")


def test_names_that_nothing_uses_go_with_their_statement() -> None:
    text = "import os\nfrom app.a import x, y\nfrom app.b import z\n"
    assert without_names(text, {"y", "z"}) == "import os\nfrom app.a import x\n"


def test_a_comment_between_imports_keeps_its_place() -> None:
    text = "from app.b import x\n# why\nfrom app.a import y\n"
    assert sort_imports(text) == text
