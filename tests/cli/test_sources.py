"""Where the template comes from, which version of it, and what the project records."""

import json
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml

from scaffold.distribution import DISTRIBUTION
from tests.cli.conftest import FILES, Cli, Repository, make_repository


def recorded(cli: Cli, name: str = "api") -> dict[str, str]:
    content: dict[str, str] = yaml.safe_load((cli.cwd / name / ".copier-answers.yml").read_text())
    return content


def readme(cli: Cli, name: str = "api") -> str:
    return (cli.cwd / name / "README.md").read_text()


def configure(cli: Cli, text: str) -> None:
    folder = cli.home / ".config" / "scaffold"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text)


def named(tmp_path: Path, name: str) -> Path:
    """A template whose README says its name."""
    files = {**FILES, "template/README.md.jinja": name}
    return make_repository(tmp_path / name, files).path


def test_the_flag_wins_over_the_environment_over_the_configuration(
    bare_cli: Cli, tmp_path: Path
) -> None:
    configure(bare_cli, f'template = "{named(tmp_path, "configured")}"')
    environment = str(named(tmp_path, "environment"))
    flag = str(named(tmp_path, "flag"))
    assert bare_cli.new("one", "--yes").code == 0
    assert bare_cli.new("two", "--yes", SCAFFOLD_TEMPLATE=environment).code == 0
    ran = bare_cli.new("three", "--yes", f"--template={flag}", SCAFFOLD_TEMPLATE=environment)
    assert ran.code == 0
    assert [readme(bare_cli, name) for name in ("one", "two", "three")] == [
        "configured",
        "environment",
        "flag",
    ]


@pytest.mark.parametrize("text", ["template = 1", "template = ", "\x00"])
def test_a_broken_configuration_file_is_named(bare_cli: Cli, text: str) -> None:
    configure(bare_cli, text)
    assert "config.toml" in bare_cli.refused("api", "--yes")


def test_a_checkout_gives_its_last_commit_and_says_what_it_leaves_out(
    cli: Cli, template: Repository
) -> None:
    template.git("tag", "v1.0.0")
    commit = template.commit({"template/README.md.jinja": "committed"})
    (template.path / "template" / "README.md.jinja").write_text("not committed")
    ran = cli.new("api", "--yes")
    assert readme(cli) == "committed"
    assert "not committed are left out" in ran.err
    assert commit in ran.out


def test_ref_chooses_a_tag_a_branch_or_a_commit(cli: Cli, template: Repository) -> None:
    first = template.git("rev-parse", "HEAD")
    template.git("tag", "v1.0.0")
    template.git("branch", "old")
    template.commit({"template/README.md.jinja": "new"})
    for name, ref in (("a", "v1.0.0"), ("b", "old"), ("c", first)):
        ran = cli.new(name, "--yes", f"--ref={ref}")
        assert readme(cli, name) != "new"
        assert f"--ref {'v1.0.0' if ref == 'v1.0.0' else first}" in ran.out


@pytest.mark.parametrize("ref", ["nope", "--upload-pack=x", "HEAD\nx", ""])
def test_an_unknown_version_is_refused(cli: Cli, ref: str) -> None:
    if ref:
        assert "--ref" in cli.refused("api", "--yes", f"--ref={ref}")


def test_the_origin_of_a_checkout_is_recorded_without_its_password(
    cli: Cli, template: Repository
) -> None:
    template.git("remote", "add", "origin", "https://me:secret@git.example.com/team/template")
    ran = cli.new("api", "--yes")
    assert recorded(cli)["_src_path"] == "git+https://git.example.com/team/template"
    assert "secret" not in ran.out + ran.err
    assert "not on git+https://git.example.com/team/template yet" in ran.err


@pytest.mark.parametrize(
    ("origin", "src_path"),
    [
        ("https://github.com/acme/template", "https://github.com/acme/template"),
        ("https://github.com/acme/template.git", "https://github.com/acme/template.git"),
        ("git@git.example.com:acme/template.git", "git@git.example.com:acme/template.git"),
        ("deploy@git.example.com:acme/template", "git+deploy@git.example.com:acme/template"),
        ("ssh://git@git.example.com/acme/template", "git+ssh://git@git.example.com/acme/template"),
    ],
)
def test_each_kind_of_origin_is_recorded_as_copier_reads_it(
    cli: Cli, template: Repository, origin: str, src_path: str
) -> None:
    template.git("remote", "add", "origin", origin)
    template.git("update-ref", "refs/remotes/origin/main", "HEAD")
    ran = cli.new("api", "--yes")
    assert ran.code == 0, ran.err
    assert recorded(cli)["_src_path"] == src_path
    assert ran.err == ""


def test_a_checkout_without_origin_says_that_nobody_else_can_update(
    cli: Cli, template: Repository
) -> None:
    ran = cli.new("api", "--yes")
    assert recorded(cli)["_src_path"] == f"git+file://{template.path}"
    assert "which only this machine has" in ran.err


def test_what_is_recorded_can_be_updated_by_copier(cli: Cli, template: Repository) -> None:
    assert cli.new("api", "--yes").code == 0
    template.commit({"template/new.txt": ""})
    subprocess.run(
        [sys.executable, "-m", "copier", "update", "--defaults", "--vcs-ref=HEAD"],
        cwd=cli.cwd / "api",
        env=cli.env,
        check=True,
        capture_output=True,
    )
    assert (cli.cwd / "api" / "new.txt").exists()


def test_a_url_gives_its_latest_release(cli: Cli, template: Repository) -> None:
    for tag in ("v1.9.0", "v1.10.0"):
        template.commit({"template/README.md.jinja": tag})
        template.git("tag", tag)
    template.commit({"template/README.md.jinja": "next"})
    template.git("tag", "v2.0.0rc1")
    ran = cli.new("api", "--yes", f"--template=file://{template.path}")
    assert ran.code == 0, ran.err
    assert readme(cli) == "v1.10.0"
    assert "--ref v1.10.0" in ran.out
    assert recorded(cli)["_src_path"] == f"git+file://{template.path}"


def test_a_bare_repository_will_do(cli: Cli, template: Repository, tmp_path: Path) -> None:
    template.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    assert cli.new("api", "--yes", f"--template={tmp_path / 'bare.git'}").code == 0


def test_a_path_with_spaces_and_umlauts_will_do(cli: Cli, tmp_path: Path) -> None:
    path = make_repository(tmp_path / "mein schönes template", FILES).path
    assert cli.new("api", "--yes", f"--template={path}").code == 0


@pytest.mark.parametrize("location", ["nowhere", "file:///nowhere", "https://127.0.0.1:9/x.git"])
def test_a_template_that_is_not_there_is_one_clear_message(cli: Cli, location: str) -> None:
    ran = cli.new("api", "--yes", f"--template={location}")
    assert ran.code in (1, 2)
    assert location in ran.err
    assert ran.err.count("error:") == 1
    assert list(cli.cwd.iterdir()) == []


def test_an_export_without_history_is_refused(cli: Cli, template: Repository) -> None:
    shutil.rmtree(template.path / ".git")
    ran = cli.new("api", "--yes")
    assert ran.code == 1
    assert "not a git repository" in ran.err


def test_a_shallow_checkout_is_refused(cli: Cli, template: Repository, tmp_path: Path) -> None:
    template.commit({})
    shallow = tmp_path / "shallow"
    template.git("clone", "--quiet", "--depth=1", f"file://{template.path}", str(shallow))
    ran = cli.new("api", "--yes", f"--template={shallow}")
    assert ran.code == 1
    assert "--unshallow" in ran.err


@pytest.mark.parametrize(
    "extra",
    ["_tasks: [touch ran]", "_jinja_extensions: [jinja2.ext.do]"],
    ids=["task", "extension"],
)
def test_a_template_that_needs_trust_is_refused(cli: Cli, template: Repository, extra: str) -> None:
    template.commit({"copier.yml": f"{FILES['copier.yml']}\n{extra}\n"})
    ran = cli.new("api", "--yes")
    assert ran.code == 1
    assert "code of its own" in ran.err
    assert list(cli.cwd.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("copier.yml", "- a\n"),
        ("copier.yml", "a: [\n"),
        ("copier.yml", "_subdirectory: nowhere\nproject_name: x\n"),
        ("copier.yml", "_min_copier_version: '99'\nproject_name: x\n"),
        ("copier.yml", "project_name: {type: nonsense, default: x}\n"),
        ("template/broken.jinja", "{% if %}"),
        ("template/broken.jinja", "{{ nothing.at.all }}"),
        ("template/{{ x.y.z }}", ""),
    ],
)
def test_a_broken_template_is_one_clear_message(
    cli: Cli, template: Repository, name: str, content: str
) -> None:
    template.commit({name: content})
    ran = cli.new("api", "--yes")
    assert ran.code == 1
    assert ran.err.startswith("error: ")
    assert len(ran.err.splitlines()) <= 2
    assert list(cli.cwd.iterdir()) == []


class Installed:
    """A stand-in for what an installer recorded of the tool's origin; a new process finds it first."""

    def __init__(self, cli: Cli, folder: Path) -> None:
        info = folder / f"{DISTRIBUTION}-0.1.0.dist-info"
        info.mkdir(parents=True)
        facts = f"Metadata-Version: 2.1\nName: {DISTRIBUTION}\nVersion: 0.1.0\n"
        (info / "METADATA").write_text(facts)
        self.record = info / "direct_url.json"
        cli.env["PYTHONPATH"] = str(folder)

    def from_(self, **origin: object) -> None:
        self.record.write_text(json.dumps(origin))


@pytest.fixture
def installed(bare_cli: Cli, tmp_path: Path) -> Installed:
    return Installed(bare_cli, tmp_path / "site")


@pytest.mark.parametrize("editable", [True, False])
def test_a_tool_installed_from_a_checkout_uses_that(
    bare_cli: Cli, installed: Installed, template: Repository, editable: bool
) -> None:
    installed.from_(url=template.path.as_uri(), dir_info={"editable": editable})
    ran = bare_cli.process("new", "api", "--yes", "--no-install")
    assert ran.code == 0, ran.err
    assert "--template" not in ran.out


def test_a_tool_installed_from_git_uses_that_commit(
    bare_cli: Cli, installed: Installed, template: Repository
) -> None:
    commit = template.git("rev-parse", "HEAD")
    template.commit({"template/README.md.jinja": "later"})
    vcs = {"vcs": "git", "commit_id": commit}
    installed.from_(url=template.path.as_uri(), vcs_info=vcs)
    ran = bare_cli.process("new", "api", "--yes", "--no-install")
    assert readme(bare_cli) != "later"
    assert f"--ref {commit}" in ran.out


def test_a_tool_whose_checkout_is_gone_says_so(
    bare_cli: Cli, installed: Installed, tmp_path: Path
) -> None:
    installed.from_(url=(tmp_path / "gone").as_uri(), dir_info={})
    ran = bare_cli.process("new", "api", "--yes", "--no-install")
    assert ran.code == 1
    assert "is gone" in ran.err
    assert "--template" in ran.err


def test_a_wheel_asks_for_a_template(bare_cli: Cli, installed: Installed) -> None:
    ran = bare_cli.process("new", "api", "--yes", "--no-install")
    assert ran.code == 1
    assert "--template" in ran.err


def test_this_checkout_is_the_template_of_the_tool_installed_from_it(bare_cli: Cli) -> None:
    origin = json.loads(distribution(DISTRIBUTION).read_text("direct_url.json") or "{}")
    assert "dir_info" in origin
    ran = bare_cli.new("api", "--yes", "--json")
    assert ran.code == 0, ran.err
    assert {"pyproject.toml", "Dockerfile", "app/main.py"} <= set(ran.json["files"])
