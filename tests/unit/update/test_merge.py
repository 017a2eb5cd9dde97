"""What a project becomes when its template's rendering changes, file by file."""

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from scaffold.git.environment import as_environment
from scaffold.git.merge_repo import MergeRepo
from scaffold.git.worktree import open_worktree
from scaffold.update import merge
from scaffold.update.merge import Merge
from scaffold.update.plan import BrokenImport, Change
from tests.cli.conftest import make_repository

Files = Mapping[str, str | bytes | None]
TEXT = "".join(f"{number}\n" for number in range(20))
RECORD = {".copier-answers.yml": "_commit: v1\n"}


def put(folder: Path, files: Files) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


class Case:
    """A project, made from one rendering and brought to another."""

    def __init__(
        self,
        folder: Path,
        old: Files,
        mine: Files,
        new: Files,
        *,
        once: Collection[str] = (),
        disk: Files | None = None,
        links: Mapping[str, str] | None = None,
    ) -> None:
        self.old = put(folder / "old", {**RECORD, **old})
        project = Path(shutil.copytree(self.old, folder / "project"))
        repository = make_repository(folder / "empty", {})
        shutil.move(str(repository.path / ".git"), project / ".git")
        put(project, mine)
        for name, target in (links or {}).items():
            (project / name).unlink(missing_ok=True)
            (project / name).symlink_to(target)
        tracked = type(repository)(project)
        tracked.git("add", "--all")
        tracked.git("commit", "--quiet", "--allow-empty", "-m", "Mine")
        put(project, disk or {})
        self.new = Path(shutil.copytree(self.old, folder / "new"))
        put(self.new, {**new, ".copier-answers.yml": "_commit: v2\n"})
        self.merge_repo = MergeRepo(folder / "scratch.git", open_worktree(project))
        self.merge: Merge = merge.merge_renderings(self.merge_repo, self.old, self.new, "v2", once)

    @property
    def changes(self) -> dict[str, Change]:
        """What happens to each file, the record of the answers aside."""
        found = {change.path: change for change in self.merge.changes}
        assert found.pop(".copier-answers.yml").status == "changed"
        return found

    @property
    def statuses(self) -> dict[str, str]:
        return {path: change.status for path, change in self.changes.items()}

    def result(self, path: str) -> bytes | None:
        """What the project has at a path in the end."""
        entry = self.merge_repo.entries(self.merge.tree).get(path)
        return self.merge_repo.content(entry) if entry else None


def test_a_file_that_only_the_template_changed_is_changed(tmp_path: Path) -> None:
    case = Case(tmp_path, {"a": "1\n", "b": "1\n"}, {}, {"a": "2\n"})
    assert case.changes == {"a": Change("a", "changed")}
    assert case.result("a") == b"2\n"
    assert case.merge.conflicts == {}


def test_a_file_that_both_changed_is_merged(tmp_path: Path) -> None:
    mine, new = TEXT.replace("3\n", "mine\n", 1), TEXT.replace("18\n", "new\n")
    case = Case(tmp_path, {"a": TEXT}, {"a": mine}, {"a": new})
    assert case.statuses == {"a": "merged"}
    assert case.result("a") == mine.replace("18\n", "new\n").encode()


def test_what_only_the_user_changed_is_no_change(tmp_path: Path) -> None:
    case = Case(tmp_path, {"a": "1\n", "b": "1\n"}, {"a": "2\n", "b": None, "c": "3\n"}, {})
    assert case.changes == {}
    assert (case.result("a"), case.result("b"), case.result("c")) == (b"2\n", None, b"3\n")


def test_files_come_and_go_with_the_template(tmp_path: Path) -> None:
    case = Case(tmp_path, {"gone": "x\n"}, {}, {"gone": None, "new name": "something else\n"})
    assert case.statuses == {"gone": "removed", "new name": "added"}


def test_what_the_user_deleted_stays_deleted_and_is_told(tmp_path: Path) -> None:
    case = Case(tmp_path, {"a": TEXT, "b": "1\n"}, {"a": None, "b": None}, {"a": TEXT + "20\n"})
    assert case.changes == {"a": Change("a", "kept", merge.DELETED_BY_YOU)}
    assert case.result("a") is None


def test_what_both_deleted_is_not_spoken_of(tmp_path: Path) -> None:
    assert Case(tmp_path, {"a": TEXT}, {"a": None}, {"a": None}).changes == {}


@pytest.mark.parametrize(
    ("old", "mine", "new", "reason"),
    [
        ("1\n", "2\n", "3\n", merge.BOTH_CHANGED),
        (TEXT, TEXT + "mine\n", None, merge.DELETED_BY_TEMPLATE),
        (None, "2\n", "3\n", merge.BOTH_ADDED),
        (b"\0one", b"\0two", b"\0three", merge.BINARY),
        ("1\n", "x" * 7999 + "\0", "3\n", merge.BINARY),
    ],
)
def test_each_conflict_says_what_to_do(
    tmp_path: Path,
    old: str | bytes | None,
    mine: str | bytes | None,
    new: str | bytes | None,
    reason: str,
) -> None:
    case = Case(tmp_path, {} if old is None else {"a b": old}, {"a b": mine}, {"a b": new})
    assert case.changes == {"a b": Change("a b", "conflict", reason)}
    assert set(case.merge.conflicts) == {"a b"}


@pytest.mark.parametrize("style", ["<<<<<<< yours\r\n", "< yours:a b.md\n", "<<<<<<<<< you\n"])
def test_the_markers_of_a_conflict_are_found_in_any_size(style: str) -> None:
    assert merge.is_marked(f"1\n{style}2\n".encode())
    assert not merge.is_marked(f"1\n {style}2\n".encode())


UNION = "1\nmine\nnew\n3\n"
MARKED = "1\n<<<<<<<<< yours\nmine\n=========\nnew\n>>>>>>>>> v2\n3\n"
ODD = 'with "q", \\ and *[?]\n\t'


@pytest.mark.parametrize(
    ("place", "attribute", "result", "reason"),
    [
        (".gitattributes", "merge=union", UNION, None),
        (".git/info/attributes", "merge=union", UNION, None),
        ("of the user", "merge=union", UNION, None),
        (".gitattributes", "merge=whole", "1\nnew\n3\n", None),
        (".gitattributes", "conflict-marker-size=9", MARKED, merge.BOTH_CHANGED),
        (".gitattributes", "-merge", "1\nmine\n3\n", merge.NOT_BY_LINES),
        (".gitattributes", "merge=binary", "1\nmine\n3\n", merge.NOT_BY_LINES),
    ],
)
def test_attributes_of_the_project_decide_how_a_file_is_merged(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    attribute: str,
    result: str,
    reason: str | None,
) -> None:
    users = {
        "core.attributesFile": str(tmp_path / "attributes"),
        "merge.whole.driver": "cp %B %A && test -f only-here",
    }
    for name, value in as_environment(users).items():
        monkeypatch.setenv(name, value)
    text = f"* {attribute}\n.copier-answers.yml !merge\n"
    (tmp_path / "attributes").write_text(text if place == "of the user" else "")
    mine = {ODD: "1\nmine\n3\n", "only-here": ""}
    if place == ".gitattributes":
        mine[place] = text
    at_last = {place: text} if place.startswith(".git/") else None
    case = Case(tmp_path, {ODD: "1\n2\n3\n"}, mine, {ODD: "1\nnew\n3\n"}, disk=at_last)
    status = "conflict" if reason else "merged"
    assert case.changes == {ODD: Change(ODD, status, reason or "")}
    assert case.result(ODD) == result.encode()


def test_attributes_of_the_repository_hold_in_a_folder_of_it(tmp_path: Path) -> None:
    files = {".gitattributes": "*.md merge=union\n", "api/a.md": "1\nmine\n3\n", "api/b": ""}
    repository = make_repository(tmp_path / "mono", files)
    merge_repo = MergeRepo(tmp_path / "scratch.git", open_worktree(repository.path / "api"))
    old, new = put(tmp_path / "old", {"a.md": "1\n2\n3\n"}), put(tmp_path / "new", {})
    for side, text in ((old, "1\n2\n3\n"), (new, "1\nnew\n3\n")):
        put(side, {**RECORD, "a.md": text})
    made = merge.merge_renderings(merge_repo, old, new, "v2", ())
    assert merge_repo.content(merge_repo.entries(made.tree)["a.md"]) == UNION.encode()


@pytest.mark.parametrize("attribute", ["text eol=crlf", "text=auto eol=crlf", "filter=plain"])
def test_a_file_that_attributes_make_git_keep_in_another_form_is_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attribute: str
) -> None:
    plain = {"filter.plain.clean": "tr -d '\\r'", "filter.plain.required": "true"}
    for name, value in as_environment(plain).items():
        monkeypatch.setenv(name, value)
    old = TEXT.replace("\n", "\r\n")
    mine, new = old.replace("3\r\n", "mine\r\n", 1), old.replace("18\r\n", "new\r\n")
    case = Case(
        tmp_path,
        {"a.bat": old},
        {"a.bat": mine, ".gitattributes": f"* {attribute}\n"},
        {"a.bat": new},
    )
    assert case.statuses == {"a.bat": "merged"}
    result = mine.replace("18\r\n", "new\r\n").replace("\r", "")
    assert case.result("a.bat") == result.encode()


def test_a_file_that_git_keeps_as_it_was_in_spite_of_automatic_line_endings_is_merged(
    tmp_path: Path,
) -> None:
    old = TEXT.replace("\n", "\r\n")
    later = {".gitattributes": "* text=auto\n"}
    case = Case(tmp_path, {"a": old}, {}, {"a": old.replace("18\r\n", "new\r\n")}, disk=later)
    assert case.statuses == {"a": "changed"}
    assert case.result("a") == old.replace("18\r\n", "new\r\n").encode()


def test_a_zero_byte_far_into_a_file_does_not_make_it_binary(tmp_path: Path) -> None:
    long = "".join(f"line {number}\n" for number in range(1000))
    case = Case(tmp_path, {"a": "1\n"}, {"a": long + "\0"}, {"a": "3\n"})
    assert case.changes["a"].status == "conflict"


def test_a_file_that_the_template_moved_keeps_the_users_edits(tmp_path: Path) -> None:
    mine = TEXT.replace("3\n", "mine\n", 1)
    case = Case(tmp_path, {"old": TEXT}, {"old": mine}, {"old": None, "new/place": TEXT})
    assert case.changes == {"new/place": Change("new/place", "merged", source="old")}
    assert case.result("new/place") == mine.encode()


def test_a_move_of_the_template_alone_is_a_change(tmp_path: Path) -> None:
    case = Case(tmp_path, {"old": TEXT}, {}, {"old": None, "new": TEXT})
    assert case.changes == {"new": Change("new", "changed", source="old")}


def test_a_file_that_the_user_moved_is_changed_where_it_is(tmp_path: Path) -> None:
    new = TEXT.replace("18\n", "new\n")
    case = Case(tmp_path, {"old": TEXT}, {"old": None, "mine": TEXT}, {"old": new})
    assert case.statuses == {"mine": "merged"} or case.statuses == {"mine": "changed"}
    assert case.result("mine") == new.encode()
    assert case.result("old") is None


def test_a_file_moved_by_the_template_and_deleted_by_the_user_stays_away(tmp_path: Path) -> None:
    case = Case(tmp_path, {"old": TEXT}, {"old": None}, {"old": None, "new": TEXT + "more\n"})
    assert set(case.statuses.values()) == {"kept"}
    assert case.result("old") is case.result("new") is None


def test_the_record_of_the_answers_is_the_templates_alone(tmp_path: Path) -> None:
    case = Case(tmp_path, {}, {".copier-answers.yml": "_commit: edited\n"}, {})
    assert case.result(".copier-answers.yml") == b"_commit: v2\n"
    assert case.merge.conflicts == {}


def test_what_the_template_writes_once_is_the_users(tmp_path: Path) -> None:
    old = {"same": "1\n", "changed": "1\n", "deleted": "1\n", "gone": "1\n"}
    mine: Files = {"changed": "mine\n", "deleted": None, "there": "mine\n"}
    new: Files = {"changed": "2\n", "deleted": "2\n", "gone": None, "there": "2\n", "new": "2\n"}
    case = Case(tmp_path, old, mine, new, once=[*old, "there", "new"])
    assert case.changes == {
        "changed": Change("changed", "kept", merge.YOURS_FROM_THE_START),
        "deleted": Change("deleted", "kept", merge.YOURS_FROM_THE_START),
        "gone": Change("gone", "removed"),
        "new": Change("new", "added"),
        "there": Change("there", "kept", merge.YOURS_FROM_THE_START),
    }
    assert (case.result("changed"), case.result("there")) == (b"mine\n", b"mine\n")


def test_the_template_follows_windows_line_endings_of_a_whole_file(tmp_path: Path) -> None:
    windows = TEXT.replace("\n", "\r\n")
    new = TEXT.replace("18\n", "new\n")
    case = Case(tmp_path, {"a": TEXT}, {"a": windows}, {"a": new})
    assert case.statuses == {"a": "changed"} or case.statuses == {"a": "merged"}
    assert case.result("a") == new.replace("\n", "\r\n").encode()
    assert case.merge.conflicts == {}


def test_the_template_follows_line_endings_of_a_file_that_moved(tmp_path: Path) -> None:
    windows = TEXT.replace("\n", "\r\n")
    case = Case(tmp_path, {"a": TEXT}, {"a": windows}, {"a": None, "b": TEXT + "20\n"})
    assert case.result("b") == (TEXT + "20\n").replace("\n", "\r\n").encode()


def test_mixed_line_endings_are_the_users_own_affair(tmp_path: Path) -> None:
    mixed = TEXT.replace("3\n", "3\r\n", 1)
    case = Case(tmp_path, {"a": TEXT}, {"a": mixed}, {"a": TEXT.replace("18\n", "new\n")})
    result = case.result("a")
    assert result is not None
    assert result.count(b"\r\n") == 1


def test_a_file_that_git_ignores_is_merged_as_it_lies_on_the_disk(tmp_path: Path) -> None:
    mine, new = TEXT.replace("3\n", "mine\n", 1), TEXT.replace("18\n", "new\n")
    case = Case(
        tmp_path, {"local": TEXT, ".gitignore": "local\n"}, {}, {"local": new}, disk={"local": mine}
    )
    assert case.statuses == {"local": "merged"}
    assert case.result("local") == mine.replace("18\n", "new\n").encode()


@pytest.mark.parametrize(
    ("new", "reason"),
    [("3\n" * 9, merge.IGNORED_CHANGED), (None, merge.IGNORED_DELETED)],
)
def test_a_conflict_in_an_ignored_file_says_that_git_does_not_watch_it(
    tmp_path: Path, new: str | None, reason: str
) -> None:
    files = {"local": "1\n" * 9, ".gitignore": "local\n"}
    case = Case(tmp_path, files, {}, {"local": new}, disk={"local": "2\n" * 9})
    assert case.changes["local"] == Change("local", "conflict", reason)


def test_a_link_in_the_place_of_a_file_that_the_template_changed_is_a_conflict(
    tmp_path: Path,
) -> None:
    case = Case(tmp_path, {"a": TEXT}, {}, {"a": TEXT + "x\n"}, links={"a": "elsewhere"})
    assert "conflict" in case.statuses.values()
    assert any(change.reason == merge.ELSEWHERE for change in case.changes.values())


@pytest.mark.parametrize(("mine", "locks"), [({"uv.lock": "x\n"}, True), ({}, False)])
def test_a_lock_file_is_known_where_git_has_it(
    tmp_path: Path, mine: dict[str, str], locks: bool
) -> None:
    assert Case(tmp_path, {}, mine, {}).merge.has_lock_file is locks


def test_changes_stand_in_the_order_of_their_paths(tmp_path: Path) -> None:
    names = ["b", "a/z", "Z", "ä", "new\nline"]
    case = Case(tmp_path, {}, {}, {name: f"{name}\n" for name in names})
    assert list(case.changes) == sorted(names)


def revision(name: str, down: str | None, body: str = "pass") -> str:
    after = f'"{down}"' if down else "None"
    return f'revision = "{name}"\ndown_revision = {after}\n\n\ndef upgrade():\n    {body}\n'


VERSIONS = "migrations/versions/"


def test_a_new_migration_follows_the_projects_own(tmp_path: Path) -> None:
    case = Case(
        tmp_path,
        {f"{VERSIONS}items.py": revision("items", None)},
        {f"{VERSIONS}mine.py": revision("mine", "items")},
        {f"{VERSIONS}users.py": revision("users", "items", "users()")},
    )
    assert case.statuses == {f"{VERSIONS}users.py": "added"}
    assert case.result(f"{VERSIONS}users.py") == revision("users", "mine", "users()").encode()


def test_a_migration_that_another_is_built_on_is_kept(tmp_path: Path) -> None:
    items, users = f"{VERSIONS}items.py", f"{VERSIONS}users.py"
    case = Case(
        tmp_path,
        {items: revision("items", None), users: revision("users", "items", "u()")},
        {f"{VERSIONS}mine.py": revision("mine", "users", "mine()")},
        {users: None},
    )
    assert case.changes == {users: Change(users, "kept", merge.BUILT_ON)}


def test_a_migration_is_taken_out_of_the_middle(tmp_path: Path) -> None:
    items, orders, users = (f"{VERSIONS}{name}.py" for name in ("items", "orders", "users"))
    case = Case(
        tmp_path,
        {
            items: revision("items", None),
            orders: revision("orders", "items", "o()"),
            users: revision("users", "orders", "u()"),
        },
        {users: revision("users", "orders", "u()\n    mine()")},
        {orders: None, users: revision("users", "items", "u()")},
    )
    assert case.statuses == {orders: "removed", users: "merged"}
    assert case.result(users) == revision("users", "items", "u()\n    mine()").encode()


def test_history_that_one_of_yours_is_built_on_stays_whole(tmp_path: Path) -> None:
    items, orders, users = (f"{VERSIONS}{name}.py" for name in ("items", "orders", "users"))
    case = Case(
        tmp_path,
        {
            items: revision("items", None),
            orders: revision("orders", "items", "o()"),
            users: revision("users", "orders", "u(owner)"),
        },
        {f"{VERSIONS}mine.py": revision("mine", "users", "mine()")},
        {orders: None, users: revision("users", "items", "u()")},
    )
    assert case.statuses == {orders: "kept", users: "kept"}
    assert case.result(users) == revision("users", "orders", "u(owner)").encode()


def test_a_migration_that_comes_again_keeps_the_place_that_it_was_left_at(tmp_path: Path) -> None:
    orders = f"{VERSIONS}orders.py"
    case = Case(
        tmp_path,
        {},
        {orders: revision("orders", "mine")},
        {orders: revision("orders", "items")},
    )
    assert case.statuses == {}
    assert case.merge.conflicts == {}


def test_the_removal_of_a_migration_says_what_stays(tmp_path: Path) -> None:
    items, users = f"{VERSIONS}items.py", f"{VERSIONS}users.py"
    old = {items: revision("items", None), users: revision("users", "items", "u()")}
    case = Case(tmp_path, old, {}, {users: None})
    assert case.changes[users].reason == (
        "no table is dropped: first take each database that ran it back to items"
    )


def test_a_migration_that_the_project_gave_another_place_keeps_it(tmp_path: Path) -> None:
    users = f"{VERSIONS}users.py"
    case = Case(
        tmp_path,
        {users: revision("users", "items")},
        {users: revision("users_2", "mine")},
        {users: revision("users", "items", "better()")},
    )
    assert case.result(users) == revision("users_2", "mine", "better()").encode()
    assert case.merge.conflicts == {}


def test_an_import_of_yours_that_the_template_took_away_is_listed(tmp_path: Path) -> None:
    case = Case(
        tmp_path,
        {"app/operations.py": "def operation(): ...\n", "app/tools.py": "A = 1\n"},
        {"app/mine.py": "from app.operations import operation\nfrom app import tools\n"},
        {"app/operations.py": None, "app/api.py": "def operation(): ...\n"},
    )
    assert case.merge.imports == (
        BrokenImport("app/mine.py", 1, "app.operations.operation", "app.api.operation"),
    )
    assert case.merge.conflicts == {}


def test_what_you_deleted_or_what_conflicts_is_no_broken_import(tmp_path: Path) -> None:
    case = Case(
        tmp_path,
        {"app/operations.py": "A = 1\n", "app/main.py": f"import app.operations\n{TEXT}"},
        {"app/operations.py": None, "app/main.py": f"import app.operations\n{TEXT}mine\n"},
        {"app/main.py": f"import app.operations\n{TEXT}theirs\n"},
    )
    assert case.merge.imports == ()


def test_an_edit_of_the_templates_file_that_imports_what_is_gone_is_listed(tmp_path: Path) -> None:
    text = "".join(f"number = {number}\n" for number in range(20))
    case = Case(
        tmp_path,
        {"app/old.py": "A = 1\n", "app/main.py": f"import app.old\n{text}"},
        {"app/main.py": f"import app.old\n{text}\nfrom app.old import A\n"},
        {"app/old.py": None, "app/main.py": text},
    )
    assert case.merge.imports == (BrokenImport("app/main.py", 22, "app.old.A", ""),)


def test_a_name_that_your_line_uses_and_the_template_no_longer_imports_is_listed(
    tmp_path: Path,
) -> None:
    text = "".join(f"number = {number}\n" for number in range(20))
    case = Case(
        tmp_path,
        {"app/main.py": f"from fastapi import Depends\n{text}"},
        {"app/main.py": f"from fastapi import Depends\n{text}mine = Depends(number)\n"},
        {"app/main.py": text},
    )
    assert case.merge.imports == (
        BrokenImport("app/main.py", 21, "Depends", "fastapi.Depends", is_use=True),
    )
    assert case.merge.conflicts == {}


@pytest.mark.parametrize("place", ["app/things/routes.py", None])
def test_a_file_of_the_template_that_imports_what_you_moved_or_deleted_is_listed(
    tmp_path: Path, place: str | None
) -> None:
    routes = f"def router(): ...\n{TEXT}"
    case = Case(
        tmp_path,
        {"app/items/routes.py": routes, "app/old.py": "import app.items.routes\n"},
        {"app/items/routes.py": None} | ({place: routes} if place else {}),
        {"app/feature.py": "from app.items.routes import router\n"},
    )
    (item,) = case.merge.imports
    assert (item.path, item.name) == ("app/feature.py", "app.items.routes.router")
    assert item.now == ("app.things.routes.router" if place else "")


def test_what_was_broken_before_the_update_is_not_listed(tmp_path: Path) -> None:
    routes = f"from app.models import Item\n{TEXT}"
    case = Case(
        tmp_path,
        {"app/models.py": "class Item: ...\n", "app/routes.py": routes},
        {"app/models.py": None},
        {"app/routes.py": None, "app/api.py": f"{routes}20\n"},
    )
    assert case.statuses["app/api.py"] == "changed"
    assert case.merge.imports == ()


def test_a_conflict_names_the_file_that_took_the_place_of_yours(tmp_path: Path) -> None:
    rewritten = "".join(f"{number}\n" for number in (*range(12), *range(100, 108)))
    case = Case(
        tmp_path,
        {"app/fan_out.py": TEXT, "app/other.py": "A = 1\n"},
        {"app/fan_out.py": f"{TEXT}mine\n"},
        {"app/fan_out.py": None, "app/pubsub.py": rewritten},
    )
    reason = merge.REPLACED_BY_TEMPLATE.format("app/pubsub.py")
    assert case.changes["app/fan_out.py"] == Change("app/fan_out.py", "conflict", reason)
    assert case.statuses["app/pubsub.py"] == "added"
    assert case.result("app/fan_out.py") == f"{TEXT}mine\n".encode()
