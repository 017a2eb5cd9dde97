"""MIGRATION.md says what is left, and how it is done."""

from scaffold.migrate.guide import CHANGED, IN_TEMPLATE, YOURS, state_of, write_guide
from scaffold.migrate.routes import Route

ITEMS = Route("GET", "/items", "items.list", "flask_app/items/routes.py", 3)
ORDERS = Route("POST", "/orders", "orders.create", "", 0)


def test_a_route_is_yours_unless_the_template_has_it_as_it_was() -> None:
    assert state_of(ITEMS, {ITEMS.file}, ()) == IN_TEMPLATE
    assert state_of(ITEMS, {ITEMS.file}, {ITEMS.file}) == CHANGED
    assert state_of(ORDERS, {ITEMS.file}, ()) == YOURS


def test_what_is_to_be_done_comes_first() -> None:
    guide = write_guide({ITEMS: IN_TEMPLATE, ORDERS: YOURS}, [], [])
    assert "Of 2 routes 1 are still to do." in guide
    assert guide.index("| `POST` | `/orders` |") < guide.index("| `GET` | `/items` |")
    assert "you had changed" not in guide
    assert "To look at" not in guide
    assert guide.endswith("done |\n")


def test_changed_files_and_texts_are_listed() -> None:
    guide = write_guide({ITEMS: CHANGED}, ["app/items/routes.py"], ["`x.py:1` has `app.main`"])
    assert "\n- `app/items/routes.py`\n" in guide
    assert "\n- `x.py:1` has `app.main`\n" in guide
