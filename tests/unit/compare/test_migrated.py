"""The routes of a migration that can be measured."""

from pathlib import Path

import pytest

from scaffold.compare import load, migrated
from scaffold.compare.measure import QUICK
from scaffold.compare.migrated import compare_migrated, workloads_of
from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.migrate.routes import Route

ROUTES = (
    Route("GET", "/a", "a.list", "flask_app/a.py", 3, done=True),
    Route("GET", "/a/{id}", "a.read", "", 0, done=True),
    Route("POST", "/a", "a.create", "", 0, done=True),
    Route("GET", "/b", "b.list", "", 0),
)


@pytest.mark.parametrize("auth", ["none", "jwt"])
def test_what_both_answer_without_a_parameter_is_measured(auth: str) -> None:
    (workload,) = workloads_of(ROUTES, {"auth": auth})
    assert (workload.request, workload.title) == ("GET /a", "a.list")
    assert workload.about == "Flask: flask_app/a.py:3"
    assert workload.signed_in is (auth == "jwt")


def test_a_service_without_a_route_in_common_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".copier-answers.yml").write_text("_src_path: gh:a/t\n_commit: v1\n")
    monkeypatch.setattr(load, "generator", lambda: "h2load 1")
    with pytest.raises(UsageError, match="no migration has begun"):
        compare_migrated(tmp_path, QUICK, Console(), lambda _: False)
    (tmp_path / "app/strangler").mkdir(parents=True)
    monkeypatch.setattr(migrated, "list_routes", lambda *_: ROUTES[1:])
    with pytest.raises(UsageError, match="no GET route in common"):
        compare_migrated(tmp_path, QUICK, Console(), lambda _: False)
