"""`scaffold export` prints a document or writes it."""

from pathlib import Path

import pytest

from scaffold.export import backstage
from scaffold.template.request import TemplateRequest
from tests.unit.cli.conftest import Run, Service


def test_export_prints_or_writes(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service("kind: Template\n")
    monkeypatch.setattr(backstage, "export_template", service)
    assert run("export", "backstage", "--template", "t", "--ref", "v1") == 0
    assert service.request == TemplateRequest(template="t", ref="v1")
    file = tmp_path / "t.yaml"
    assert run("export", "backstage", "--output", str(file)) == 0
    assert capsys.readouterr().out == f"kind: Template\nWrote {file}\n"
    assert file.read_text() == "kind: Template\n"
