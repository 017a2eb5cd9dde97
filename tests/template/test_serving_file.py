"""Which models of a folder serve, and what each does: the code of projects, without a service."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SHARED = Path(__file__).parents[2] / "templates" / "shared"


@pytest.fixture(scope="module")
def roles() -> Iterator[ModuleType]:
    """The module of projects that reads `serving.json`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SHARED)
        yield importlib.import_module("app.ml.serving.roles")
        for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
            del sys.modules[name]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose name is that of an error message."""
    path = tmp_path / "model"
    path.mkdir()
    return path


def put(folder: Path, *models: str, direct: str | None = None) -> None:
    """Put a description at the place of each model, written `iris/2`, and one directly there."""
    for model in models:
        name, version = model.split("/")
        (folder / model).mkdir(parents=True)
        describe(folder / model, name, version)
    if direct:
        describe(folder, *direct.split("/"))


def describe(folder: Path, name: str, version: str) -> None:
    content = {"name": name, "version": version, "sha256": "0"}
    (folder / "model.json").write_text(json.dumps(content))


def plan(roles: ModuleType, folder: Path, serving: object = None) -> Any:
    if serving is not None:
        text = serving if isinstance(serving, str) else json.dumps(serving)
        (folder / "serving.json").write_text(text)
    read_states = sys.modules[roles.find_models.__module__].read_states
    return roles.make_plan(folder, read_states(folder))


def said(assignment: Any) -> dict[str, str]:
    """The versions of an assignment."""
    found = {role: getattr(assignment, role) for role in ("primary", "canary", "shadow")}
    return {role: version.version for role, version in found.items() if version}


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["1", "2"], "2"),
        (["9", "10"], "10"),
        (["1.9", "1.10"], "1.10"),
        (["1.0", "1"], "1.0"),
        (["v2", "v10", "v9"], "v10"),
        (["2025-12-31", "2026-01-01"], "2026-01-01"),
        (["1", "next"], "next"),
        (["1.0-rc1", "1.0"], "1.0-rc1"),
    ],
    ids=str,
)
def test_the_newest_version_serves(
    roles: ModuleType, folder: Path, versions: list[str], newest: str
) -> None:
    put(folder, *(f"iris/{version}" for version in versions))
    assert said(plan(roles, folder).models["iris"]) == {"primary": newest}


@pytest.mark.parametrize(
    ("models", "direct", "serving", "default"),
    [
        (["iris/1"], None, None, "iris"),
        (["iris/1", "rose/1"], None, None, None),
        ([], "iris/1", None, "iris"),
        (["rose/1"], "iris/1", None, "iris"),
        (["rose/1"], "iris/1", {"default": "rose"}, "rose"),
        (["iris/1", "rose/1"], None, {"default": "rose"}, "rose"),
        (["iris/1", "rose/1"], None, {"models": {"rose": {"version": "1"}}}, None),
    ],
    ids=str,
)
def test_the_default_is_the_only_model_or_the_one_that_is_named(
    roles: ModuleType,
    folder: Path,
    models: list[str],
    direct: str | None,
    serving: object,
    default: str | None,
) -> None:
    put(folder, *models, direct=direct)
    assert plan(roles, folder, serving).default == default


CANARY = {"version": "3", "share": 0.1}


@pytest.mark.parametrize(
    ("models", "direct", "serving", "expected"),
    [
        (["iris/1", "iris/2"], None, {"version": "1"}, {"primary": "1"}),
        (
            ["iris/1", "iris/2", "iris/3"],
            None,
            {"canary": CANARY},
            {"primary": "2", "canary": "3"},
        ),
        (
            ["iris/1", "iris/2", "iris/3"],
            None,
            {"canary": CANARY, "shadow": "2"},
            {"primary": "1", "canary": "3", "shadow": "2"},
        ),
        # A model directly in the folder goes on, whatever is newer.
        (["iris/3"], "iris/1", {}, {"primary": "1"}),
        (["iris/3"], "iris/1", {"canary": CANARY}, {"primary": "1", "canary": "3"}),
        (["iris/2", "iris/3"], "iris/1", {"version": "2"}, {"primary": "2"}),
        (["iris/2"], "iris/1", {"shadow": "1"}, {"primary": "2", "shadow": "1"}),
        # What is not there is found out when it is loaded.
        (["iris/1"], None, {"version": "9"}, {"primary": "9"}),
        ([], "rose/1", {"version": "9"}, {"primary": "9"}),
    ],
    ids=str,
)
def test_a_version_does_what_the_file_says(
    roles: ModuleType,
    folder: Path,
    models: list[str],
    direct: str | None,
    serving: object,
    expected: dict[str, str],
) -> None:
    put(folder, *models, direct=direct)
    found = plan(roles, folder, {"models": {"iris": serving}})
    assert said(found.models["iris"]) == expected
    places = {str(version): version.folder for version in found.versions}
    for name, place in places.items():
        assert place == (folder if name == direct else folder / name)


@pytest.mark.parametrize(
    ("serving", "fault"),
    [
        ("{", "Invalid JSON"),
        ("[]", "Input should be an object"),
        ({"models": []}, "models: "),
        ({"model": {}}, "model: Extra inputs"),
        ({"default": "rose"}, "default: there is no model rose"),
        ({"default": "a/b"}, "default: "),
        ({"models": {"iris": {"versions": "1"}}}, "models.iris.versions: "),
        ({"models": {"iris": {"version": 1}}}, "models.iris.version: "),
        ({"models": {"iris": {"version": "../1"}}}, "models.iris.version: "),
        ({"models": {"iris": {"canary": "3"}}}, "models.iris.canary: "),
        ({"models": {"iris": {"canary": {"version": "3"}}}}, "models.iris.canary.share: "),
        ({"models": {"iris": {"canary": CANARY | {"share": 10}}}}, "models.iris.canary.share: "),
        ({"models": {"iris": {"canary": CANARY | {"share": -1}}}}, "models.iris.canary.share: "),
        ({"models": {"iris": {"version": "3", "canary": CANARY}}}, "models.iris: "),
        ({"models": {"iris": {"version": "3", "shadow": "3"}}}, "models.iris: "),
        ({"models": {"iris": {"shadow": "3", "canary": CANARY}}}, "models.iris: "),
        ({"models": {"iris": {"shadow": "1"}}}, "models.iris: there is no version to serve"),
        ({"models": {"rose": {}}}, "models.rose: there is no version to serve"),
    ],
    ids=str,
)
def test_what_is_wrong_with_the_file_is_named(
    roles: ModuleType, folder: Path, serving: object, fault: str
) -> None:
    put(folder, "iris/1")
    with pytest.raises(roles.ModelError) as raised:
        plan(roles, folder, serving)
    (line,) = str(raised.value).splitlines()
    assert line.startswith(f"{folder / 'serving.json'}: {fault}")


def test_without_any_model_the_missing_description_is_named(
    roles: ModuleType, folder: Path
) -> None:
    for path in (folder, folder / "nowhere"):
        with pytest.raises(roles.ModelError, match=r"model\.json: No such file"):
            plan(roles, path)


def test_what_is_hidden_or_lies_elsewhere_is_no_model(roles: ModuleType, folder: Path) -> None:
    put(folder, "iris/1", "..data/1", "iris/.2", direct=None)
    describe_at = folder / "iris" / "1" / "tokenizer"
    describe_at.mkdir()
    describe(describe_at, "tokenizer", "1")
    (folder / "rose").mkdir()
    describe(folder / "rose", "rose", "1")
    assert [str(version) for version in plan(roles, folder).versions] == ["iris/1"]
