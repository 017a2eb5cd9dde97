"""What the modules of a project are called, and what they import."""

import ast

import pytest

from scaffold.migrate.modules import absolute_module, imported_names, module_of, moved_path


def test_a_package_is_called_as_its_folder() -> None:
    assert module_of("app/items/__init__.py") == "app.items"
    assert module_of("app/items/routes.py") == "app.items.routes"


def test_a_file_keeps_its_place_below_the_old_application() -> None:
    assert moved_path("app/orders/app/x.py") == "flask_app/orders/app/x.py"


@pytest.mark.parametrize(
    ("statement", "module"),
    [
        ("from . import x", "app.orders"),
        ("from .models import x", "app.orders.models"),
        ("from ..models import x", "app.models"),
        ("from app.models import x", "app.models"),
    ],
)
def test_relative_imports_have_a_module(statement: str, module: str) -> None:
    (node,) = ast.parse(statement).body
    assert isinstance(node, ast.ImportFrom)
    assert absolute_module("app/orders/routes.py", node) == module


def test_every_import_of_a_file_is_found() -> None:
    text = "import os.path\n\ndef f():\n    from .models import Order\n"
    names = ["os.path", "app.orders.models", "app.orders.models.Order"]
    assert list(imported_names("app/orders/routes.py", text)) == names
