"""uv is run for the new project alone, and its errors are one line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import uv as installed

from scaffold.project import uv
from scaffold.project.skipped import Skipped

FAKE = """#!/bin/sh
case "$*" in *"workspace dir") echo "${WORKSPACE:-$PWD}"; exit;; esac
pwd > "$TOLD.cwd"
for word in "$@"; do printf '%s\\n' "$word"; done > "$TOLD.args"
env > "$TOLD.env"
cat > "$TOLD.stdin"
printf "$SAYS"
printf "$ALSO" >&2
exit ${ENDS:-0}
"""


class Fake:
    """A uv that notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.told = folder / "told"

    def read(self, what: str) -> list[str]:
        return self.told.with_suffix(f".{what}").read_text().splitlines()

    @property
    def env(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.read("env") if "=" in line)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    program = tmp_path / "uv"
    program.write_text(FAKE)
    program.chmod(0o755)
    monkeypatch.setattr(installed, "find_uv_bin", lambda: str(program))
    fake = Fake(tmp_path)
    monkeypatch.setenv("TOLD", str(fake.told))
    return fake


QUIET = ["--no-progress", "--color", "never"]


def test_a_lock_is_made_in_the_project(fake: Fake, tmp_path: Path) -> None:
    uv.lock(tmp_path)
    assert fake.read("args") == [*QUIET, "lock"]
    assert fake.read("cwd") == [str(tmp_path)]
    assert fake.read("stdin") == []


def test_an_environment_is_made_with_options_and_settings(fake: Fake, tmp_path: Path) -> None:
    uv.install(tmp_path, "--no-dev", extra={"UV_COMPILE_BYTECODE": "1"})
    assert fake.read("args") == [*QUIET, "sync", "--no-dev"]
    assert fake.env["UV_COMPILE_BYTECODE"] == "1"


@pytest.mark.parametrize("act", [uv.lock, uv.install])
def test_a_workspace_that_takes_the_project_in_is_left_alone(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], None]
) -> None:
    project = tmp_path / "services" / "api"
    project.mkdir(parents=True)
    monkeypatch.setenv("WORKSPACE", f"warning: it is late\n{tmp_path}")
    with pytest.raises(uv.UvError) as caught:
        act(project)
    assert caught.value.message == (
        f"the uv workspace {tmp_path} takes the project in, and its lock and environment would change"
    )
    assert caught.value.skipped("install", "uv sync") == Skipped(
        "install",
        caught.value.message,
        'uv sync    # after `exclude = ["services/api"]` under [tool.uv.workspace] in '
        f"{tmp_path}/pyproject.toml",
    )
    assert not fake.told.with_suffix(".args").exists()


@pytest.mark.parametrize("name", ["link", "caf\udce9"])
def test_a_folder_of_any_name_is_no_workspace_around_itself(
    fake: Fake, tmp_path: Path, name: str
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "caf\udce9").mkdir()
    uv.lock(tmp_path / name)
    assert fake.read("args")[-1] == "lock"


def test_packages_are_added_to_the_projects_own_environment(fake: Fake, tmp_path: Path) -> None:
    uv.add_to_environment(tmp_path, "httpx2", "picows")
    environment = str(tmp_path / ".venv")
    assert fake.read("args") == [
        *QUIET,
        "pip",
        "install",
        "--python",
        environment,
        "httpx2",
        "picows",
    ]


def test_a_command_runs_with_its_output_in_one_piece(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAYS", r"one\n\377\n")
    monkeypatch.setenv("ALSO", "two")
    monkeypatch.setenv("ENDS", "7")
    done = uv.run(tmp_path, "poe", "a b")
    assert (done.returncode, done.stdout) == (7, "one\n\N{REPLACEMENT CHARACTER}\ntwo")
    assert fake.read("args") == ["run", "poe", "a b"]


def test_what_this_process_runs_in_is_kept_from_the_project(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT", "UV_FROZEN", "UV_NO_DEV", "POE_ROOT")
    for name in ours:
        monkeypatch.setenv(name, "ours")
    monkeypatch.setenv("UV_CACHE_DIR", "/users")
    uv.lock(tmp_path)
    assert not {*ours} & fake.env.keys()
    assert fake.env["UV_CACHE_DIR"] == "/users"
    assert os.environ["VIRTUAL_ENV"] == "ours"


def test_patience_is_short_unless_the_user_has_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert uv.environment()["UV_HTTP_TIMEOUT"] == "30"
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "300")
    assert uv.environment()["UV_HTTP_TIMEOUT"] == "300"
    assert uv.environment({"UV_HTTP_TIMEOUT": "1"})["UV_HTTP_TIMEOUT"] == "1"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("error: it is late\n", "it is late"),
        ("Using CPython 3.11\nerror: no network\n  caused by: dns\n", "no network caused by: dns"),
        (
            (
                "Resolving\n  × No solution found when resolving dependencies:\n"  # noqa: RUF001
                "  ╰─▶ Because a needs b,\n      nothing works.\n"
            ),
            "No solution found when resolving dependencies: Because a needs b, nothing works.",
        ),
        ("something else\nhappened\n", "something else happened"),
        ("", ""),
        ("error: " + "x" * 300, "x" * 300),
        ("error: " + "x" * 301, "x" * 300 + "…"),
        ("No solution here\nerror: but this\n", "but this"),
    ],
)
def test_an_error_is_uvs_reason_in_one_line(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, reason: str
) -> None:
    monkeypatch.setenv("ALSO", said.replace("\n", "\\n"))
    monkeypatch.setenv("ENDS", "2")
    with pytest.raises(uv.UvError) as caught:
        uv.lock(tmp_path)
    assert caught.value.message == reason


def test_the_users_own_uv_stands_in_for_the_installed_one(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(installed, "find_uv_bin", missing)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    uv.lock(tmp_path)
    assert fake.read("args")[-1] == "lock"
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(uv.UvError, match="uv was not found"):
        uv.lock(tmp_path)
