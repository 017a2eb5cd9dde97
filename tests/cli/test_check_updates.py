"""`scaffold check` says which projects are behind their templates."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import FILES, Cli, Repository, make_repository
from tests.cli.test_sources import Installed

ROOT = Path(__file__).parents[2]
GONE = "https://127.0.0.1:9/acme/template.git"


def make_project(cli: Cli, name: str, src_path: str, commit: str) -> Path:
    """All that `check` reads of a project."""
    folder = cli.cwd / name
    folder.mkdir()
    answers = {"_commit": commit, "_src_path": src_path, "project_name": "api"}
    (folder / ".copier-answers.yml").write_text(yaml.safe_dump(answers))
    return folder


def source(template: Repository) -> str:
    return f"git+file://{template.path}"


def stand_in_git(cli: Cli, folder: Path, script: str) -> None:
    """Have the tool find another `git` first."""
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    cli.env["PATH"] = f"{folder}{os.pathsep}{cli.env['PATH']}"


@pytest.fixture
def released(template: Repository) -> Repository:
    """Two releases, 1.9 and 1.10; the branch is two commits past them."""
    template.git("tag", "-a", "-m", "First", "v1.9.0")
    template.commit({})
    template.git("tag", "-a", "-m", "Second", "v1.10.0")
    template.git("tag", "stable")
    template.commit({})
    template.git("tag", "v2.0.0-rc.1")
    template.commit({})
    return template


def assert_found(cli: Cli, src_path: str, table: Mapping[str, tuple[str, str, str | None]]) -> None:
    """Check one project for each row: what holds, its version, what is found."""
    for name, (commit, _, _) in table.items():
        make_project(cli, name, src_path, commit)
    ran = cli.run("check", *table, "--json")
    found = {
        row["path"]: (row["version"], row["status"], row["newest"]) for row in ran.json["projects"]
    }
    assert found == table
    assert ran.code == 4


def test_a_project_should_be_at_the_newest_release_unless_it_is_past_it(
    bare_cli: Cli, released: Repository
) -> None:
    log = released.git("log", "--reverse", "--format=%H").split()
    first, second, preview, head = log
    tip = head[:7]
    assert_found(
        bare_cli,
        source(released),
        {
            "older release": ("v1.9.0", "outdated", "v1.10.0"),
            "newest release": ("v1.10.0", "up to date", "v1.10.0"),
            "newest release, written otherwise": ("1.10", "up to date", "1.10"),
            "other tag of the newest release": ("stable", "up to date", "v1.10.0"),
            "tag that is gone": ("nightly", "outdated", "v1.10.0"),
            "past an older release": ("v1.9.0-1-gabcdef0", "outdated", "v1.10.0"),
            "since released": (f"v1.9.0-1-g{second[:7]}", "up to date", "v1.10.0"),
            "past the newest release": (f"v1.10.0-1-g{preview[:7]}", "outdated", tip),
            "head": (f"v1.10.0-2-g{head[:7]}", "up to date", tip),
            "before any tag": (first[:7], "outdated", "v1.10.0"),
            "before any tag, since released": (second[:7], "up to date", "v1.10.0"),
            "preview of a release": ("v1.10.0rc1", "outdated", "v1.10.0"),
            "past a preview of a release": ("v1.10.0b2-3-gabcdef0", "outdated", "v1.10.0"),
            "preview of what is to come": ("v2.0.0-rc.1", "outdated", tip),
            "past a preview of what is to come": (f"v2.0.0-rc.1-1-g{head}", "up to date", head),
            "newer than known": ("v2.0.0", "up to date", "v1.10.0"),
            "past one newer than known": ("v2.0.0-3-gabcdef0", "up to date", "v1.10.0"),
            "preview newer than known": ("v3.0.0.dev1", "up to date", "v1.10.0"),
        },
    )


def test_an_update_goes_where_check_says(cli: Cli, template: Repository) -> None:
    template.git("tag", "v1.0.0")
    assert cli.new("api", "--yes").code == 0
    template.commit({"template/README.md.jinja": "second"})
    template.git("tag", "v1.1.0")
    template.commit({"template/README.md.jinja": "third"})
    ran = cli.run("check", "api")
    assert (ran.code, ran.out) == (4, "api  outdated: v1.0.0 → v1.1.0\n")
    assert cli.run("update", "api", "--no-install").code == 0
    ran = cli.run("check", "api")
    assert (ran.code, ran.out) == (0, "api  up to date (v1.1.0)\n")


def test_without_releases_a_project_should_be_at_the_head_of_the_default_branch(
    bare_cli: Cli, template: Repository
) -> None:
    template.git("tag", "nightly")
    first = template.git("rev-parse", "HEAD")
    head = template.commit({})
    template.git("branch", "other", first)
    tip = head[:7]
    assert_found(
        bare_cli,
        source(template),
        {
            "older": (first[:7], "outdated", tip),
            "head": (head[:7], "up to date", tip),
            "older tag": ("nightly", "outdated", tip),
            "past a tag": (f"nightly-1-g{head[:7]}", "up to date", tip),
            "newer than known": ("v1.0.0", "up to date", None),
        },
    )


def test_a_template_that_knows_less_than_its_projects_is_told_once(
    bare_cli: Cli, released: Repository
) -> None:
    for name in ("one", "two", "three"):
        make_project(bare_cli, name, source(released), "v2.0.0")
    ran = bare_cli.run("check", "one", "two", "three")
    assert ran.code == 0
    assert ran.err.count("note: ") == 1
    assert "one (v2.0.0) and 2 more projects" in ran.err
    assert "v1.10.0" in ran.err


def test_a_line_for_each_project_and_a_count_at_the_end(
    bare_cli: Cli, released: Repository
) -> None:
    make_project(bare_cli, "old-api", source(released), "v1.9.0")
    make_project(bare_cli, "api", source(released), "v1.10.0")
    make_project(bare_cli, "gone", GONE, "v1.0.0")
    ran = bare_cli.run("check", "old-api", "api", "gone")
    lines = ran.out.splitlines()
    assert lines[:2] == ["old-api  outdated: v1.9.0 → v1.10.0", "api      up to date (v1.10.0)"]
    assert lines[2].startswith(f"gone     unknown: cannot ask {GONE}: ")
    assert lines[3:] == ["3 projects: 1 up to date, 1 outdated, 1 unknown"]
    assert ran.err == "", "progress is for terminals"


def test_a_terminal_shows_what_is_waited_for(bare_cli: Cli, released: Repository) -> None:
    make_project(bare_cli, "api", source(released), "v1.10.0")
    terminal = bare_cli.terminal("check", "api")
    terminal.expect("Asking 1 template …")
    terminal.expect(r"api  up to date \(v1.10.0\)")


def test_the_worst_that_was_found_decides_the_exit_code(
    bare_cli: Cli, released: Repository
) -> None:
    make_project(bare_cli, "good", source(released), "v1.10.0")
    make_project(bare_cli, "old", source(released), "v1.9.0")
    make_project(bare_cli, "gone", GONE, "v1.0.0")
    for paths, code in {
        ("good",): 0,
        ("good", "old"): 4,
        ("gone", "old", "good"): 1,
        ("nowhere", "gone", "old", "good"): 2,
    }.items():
        ran = bare_cli.run("check", *paths)
        assert ran.code == code
        assert all(f"{path} " in ran.out for path in paths if path != "nowhere")
    assert ran.err.startswith("error: nowhere has no .copier-answers.yml")


def test_without_a_path_it_is_this_folder(bare_cli: Cli, released: Repository) -> None:
    bare_cli.cwd = make_project(bare_cli, "api", source(released), "v1.10.0")
    ran = bare_cli.run("check")
    assert (ran.code, ran.out) == (0, ".  up to date (v1.10.0)\n")


def test_a_project_named_twice_is_told_once(bare_cli: Cli, released: Repository) -> None:
    project = make_project(bare_cli, "api", source(released), "v1.10.0")
    (bare_cli.cwd / "link").symlink_to(project)
    ran = bare_cli.run("check", "api/", str(project), "link")
    assert ran.out == "api  up to date (v1.10.0)\n"


def test_folders_that_are_no_projects_are_told_after_the_others(
    bare_cli: Cli, released: Repository
) -> None:
    make_project(bare_cli, "api", source(released), "v1.10.0")
    broken = {
        "syntax": ("a: [", "cannot read"),
        "binary": ("\x00", "cannot read"),
        "deep": ("[" * 5000, "cannot read"),
        "list": ("- a", "is not a table"),
        "nothing": ("", "is not a table"),
        "source": ("_commit: v1.0.0", "does not say which version"),
        "version": ("_src_path: gh:acme/template", "does not say which version"),
    }
    for name, (content, _) in broken.items():
        (bare_cli.cwd / name).mkdir()
        (bare_cli.cwd / name / ".copier-answers.yml").write_text(content)
    ran = bare_cli.run("check", *broken, "api")
    assert ran.code == 2
    assert ran.out == "api  up to date (v1.10.0)\n"
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == len(broken)
    for error, (name, (_, said)) in zip(errors, broken.items(), strict=True):
        assert f"{name}/.copier-answers.yml" in error
        assert said in error


def test_a_folder_inside_a_project_is_no_project(bare_cli: Cli, released: Repository) -> None:
    (make_project(bare_cli, "api", source(released), "v1.10.0") / "app").mkdir()
    ran = bare_cli.run("check", "api/app")
    assert ran.code == 2
    assert "top folder" in ran.err


def test_json_has_every_path(bare_cli: Cli, released: Repository) -> None:
    make_project(bare_cli, "old", source(released), "v1.9.0")
    make_project(bare_cli, "new", source(released), "v2.0.0")
    ran = bare_cli.run("check", "nowhere", "old", "new", "--json")
    facts = ran.json
    missing = facts["projects"].pop()
    assert facts == {
        "status": "error",
        "projects": [
            {
                "path": "old",
                "status": "outdated",
                "version": "v1.9.0",
                "newest": "v1.10.0",
                "source": source(released),
                "error": None,
            },
            {
                "path": "new",
                "status": "up to date",
                "version": "v2.0.0",
                "newest": "v1.10.0",
                "source": source(released),
                "error": None,
            },
        ],
        "notes": facts["notes"],
    }
    assert len(facts["notes"]) == 1
    assert (missing["path"], missing["status"], missing["version"]) == ("nowhere", "error", None)
    assert missing["error"]["message"].startswith("nowhere has no")
    assert bare_cli.run("check", "old", "--json").json["status"] == "outdated"
    assert bare_cli.run("check", "new", "--json").json["status"] == "up to date"


def test_two_hundred_projects_are_one_question_to_their_template(
    bare_cli: Cli, released: Repository, tmp_path: Path
) -> None:
    names = [f"api-{number:03}" for number in range(200)]
    for name in names:
        make_project(bare_cli, name, source(released), "v1.9.0")
    git = shutil.which("git")
    stand_in_git(bare_cli, tmp_path / "bin", f'echo "$1" >>{tmp_path}/calls\nexec {git} "$@"')
    ran = bare_cli.run("check", *names)
    assert ran.out.splitlines()[-1] == "200 projects: 0 up to date, 200 outdated, 0 unknown"
    calls = (tmp_path / "calls").read_text().split()
    assert calls.count("ls-remote") == 1
    assert "clone" not in calls


def test_several_templates_are_asked_and_one_that_is_gone_stops_none(
    bare_cli: Cli, released: Repository, tmp_path: Path
) -> None:
    other = make_repository(tmp_path / "other", FILES)
    empty = tmp_path / "empty"
    released.git("init", "--quiet", "--bare", str(empty))
    make_project(bare_cli, "a", source(released), "v1.10.0")
    make_project(bare_cli, "b", str(other.path), other.git("rev-parse", "HEAD"))
    make_project(bare_cli, "c", str(tmp_path / "gone"), "v1.0.0")
    make_project(bare_cli, "d", f"git+file://{empty}", "v1.0.0")
    make_project(bare_cli, "e", "--upload-pack=touch ran", "v1.0.0")
    make_project(bare_cli, "f", "nul\0", "v1.0.0")
    make_project(bare_cli, "g", "long" * 100_000, "v1.0.0")
    ran = bare_cli.run("check", *"abcdefg")
    found = [line[3:].partition(" ")[0] for line in ran.out.splitlines()]
    assert found[:-1] == ["up", "up", *["unknown:"] * 5]
    assert f"d  unknown: git+file://{empty} has no commit" in ran.out
    assert (ran.code, ran.err) == (1, "")
    assert not list(tmp_path.rglob("ran"))


def test_a_password_in_a_recorded_url_is_never_shown(bare_cli: Cli, tmp_path: Path) -> None:
    src_paths = (
        "git+https://me:secret@git.example.com/acme/template",
        "https://secret@git.example.com/acme/template.git",
        "git+ssh://me:secret@git.example.com/acme/template",
        "git://me:sec@secret@git.example.com/acme/template",
    )
    names = [f"api-{number}" for number in range(len(src_paths))]
    for name, src_path in zip(names, src_paths, strict=True):
        make_project(bare_cli, name, src_path, "v1.0.0")
    stand_in_git(bare_cli, tmp_path / "bin", 'echo "fatal: no $1 from $3" >&2; exit 128')
    for option in ("--debug", "--json"):
        ran = bare_cli.run("check", *names, option)
        assert ran.code == 1
        assert ran.out.count("fatal: no ls-remote from") == len(names)
        assert ran.out.count("://git.example.com/acme/template") >= 2 * len(names)
        assert "secret" not in ran.out + ran.err


def test_the_tools_own_copy_of_a_template_needs_no_network(
    bare_cli: Cli, released: Repository, tmp_path: Path
) -> None:
    released.git("remote", "add", "origin", GONE)
    make_project(bare_cli, "other", GONE.replace("acme", "other"), "v1.9.0")
    make_project(bare_cli, "same", GONE, "v1.10.0")
    Installed(bare_cli, tmp_path / "site").from_(url=released.path.as_uri(), dir_info={})
    ran = bare_cli.process("check", "same", "other")
    assert "same   up to date (v1.10.0)" in ran.out
    assert "other  unknown: " in ran.out


def test_the_copy_in_a_wheel_needs_no_network_and_its_end_is_told(
    bare_cli: Cli, released: Repository, tmp_path: Path
) -> None:
    Installed(bare_cli, tmp_path / "site")
    wheel = tmp_path / "site" / "scaffold"
    shutil.copytree(ROOT / "src" / "scaffold", wheel)
    shutil.copy(ROOT / "generated" / "scaffold" / "questions.json", wheel)
    released.git("bundle", "create", "--quiet", str(wheel / "template.bundle"), "v1.9.0", "v1.10.0")
    (wheel / "template.url").write_text(GONE)
    versions = {"a": "v1.9.0", "b": "v1.10.0", "c": "v1.10.0-2-gabcdef0", "d": "v1.11.0"}
    for name, version in versions.items():
        make_project(bare_cli, name, GONE, version)
    ran = bare_cli.process("check", *versions)
    assert ran.out.splitlines() == [
        "a  outdated: v1.9.0 → v1.10.0",
        "b  up to date (v1.10.0)",
        "c  up to date (v1.10.0-2-gabcdef0)",
        "d  up to date (v1.11.0)",
        "4 projects: 3 up to date, 1 outdated, 0 unknown",
    ]
    assert ran.code == 4
    assert ran.err.startswith("note: c (v1.10.0-2-gabcdef0) and 1 more project: newer than")


def test_what_surrounds_the_caller_is_no_matter(bare_cli: Cli, released: Repository) -> None:
    project = make_project(bare_cli, "api", source(released), "v1.10.0")
    (project / ".git").mkdir()
    (project / ".git" / "config").write_text("[broken")
    bare_cli.cwd = project
    ran = bare_cli.run("check", GIT_DIR=str(project / ".git"))
    assert (ran.code, ran.err) == (0, "")


def test_without_git_there_is_one_clear_message(bare_cli: Cli, released: Repository) -> None:
    make_project(bare_cli, "api", source(released), "v1.10.0")
    ran = bare_cli.run("check", "api", PATH=str(bare_cli.home))
    assert ran.code == 1
    assert ran.err.startswith("error: git was not found")


def test_check_imports_neither_copier_nor_rich(bare_cli: Cli, released: Repository) -> None:
    make_project(bare_cli, "api", source(released), "v1.10.0")
    assert not bare_cli.imported("check", "api") & {"copier", "rich", "jinja2", "questionary"}
