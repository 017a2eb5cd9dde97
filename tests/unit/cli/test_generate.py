"""`scaffold generate` hands over what is new."""

from pathlib import Path

import pytest

from scaffold.template.resources import NewFields, NewResource
from scaffold.update.plan import UpdateRequest
from tests.unit.cli.conftest import Run, Service

FIELDS = ("a:int", "b:str:optional")


def test_generate_hands_over_a_resource(run: Run, updates: Service, tmp_path: Path) -> None:
    assert run("generate", "resource", "order-lines", *FIELDS, "--no-owner", "--public-read") == 0
    new = NewResource("order_lines", "order_line", FIELDS, owner=False, public_read=True)
    assert updates.request == UpdateRequest(tmp_path, generate=(new,), same_version=True)


@pytest.mark.parametrize(
    ("words", "new"),
    [
        ("data a:int b:str:optional --singular datum", NewResource("data", "datum", FIELDS)),
        ("datum a:int b:str:optional --plural data", NewResource("data", "datum", FIELDS)),
    ],
)
def test_the_other_number_of_a_name_is_taken(
    run: Run, updates: Service, words: str, new: NewResource
) -> None:
    assert run("generate", "resource", *words.split()) == 0
    assert updates.request.generate == (new,)


def test_generate_hands_over_fields(run: Run, updates: Service, tmp_path: Path) -> None:
    words = ("--project", "sub", "--template", "t", "--no-install")
    assert run("generate", "field", "order-lines", *FIELDS, *words) == 0
    assert updates.request == UpdateRequest(
        tmp_path / "sub",
        generate=(NewFields("order_lines", FIELDS),),
        template="t",
        same_version=True,
        install=False,
    )


def test_a_name_without_a_singular_is_refused_in_one_line(
    run: Run, updates: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("generate", "resource", "sheep", "a:int") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: the singular of 'sheep' is not known: give --singular WORD")
    assert updates.args == ()
