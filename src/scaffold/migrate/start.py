"""`scaffold migrate --to fastapi`: the old application moves aside, and the new one stands in its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from scaffold.console import Console
from scaffold.errors import ScaffoldError, UsageError
from scaffold.frameworks import FASTAPI, FLASK
from scaffold.git.merge_repo import MergeRepo
from scaffold.migrate import assemble, guide, proxy
from scaffold.migrate.edits import EDITS
from scaffold.migrate.modules import OLD, moved_path
from scaffold.migrate.old_main import without_service
from scaffold.migrate.plan import MigrateRequest
from scaffold.migrate.preconditions import check_clean
from scaffold.migrate.routes import list_routes
from scaffold.migrate.split import MAIN, ONE_FOR_BOTH, Split, split
from scaffold.migrate.step import Step, make_step, open_made_project
from scaffold.migrate.tree import changes_between, texts_of, with_texts
from scaffold.project.skipped import Skipped
from scaffold.template import answers_file, render
from scaffold.template.open_template import open_versions
from scaffold.update import imports
from scaffold.update.lock_file import with_lock_file
from scaffold.update.merge import Merge, merge_renderings
from scaffold.update.plan import BrokenImport, Update, UpdatePlan
from scaffold.update.preconditions import check_uncommitted

PYPROJECT = "pyproject.toml"


def plan_migration(request: MigrateRequest, console: Console, *, colour: bool) -> UpdatePlan:
    """Everything but the writing."""
    with _prepared(request, console, colour=colour) as prepared:
        return prepared.plan


def migrate_project(request: MigrateRequest, console: Console, *, colour: bool) -> Update:
    """Put the new application in the place of the old one, which answers what is left."""
    answers_file.read(request.path)
    prepared = _prepared(request, console, colour=colour)
    return make_step(request, prepared, _next, console)


@contextmanager
def _prepared(request: MigrateRequest, console: Console, *, colour: bool) -> Iterator[Step]:
    worktree, record = open_made_project(request.path, console)
    if record.answers.get("framework") != FLASK:
        raise UsageError(
            f"{request.path} is not a service with Flask, so there is nothing to migrate",
            "`scaffold migrate --status` says how far a migration is that has begun",
        )
    check_clean(worktree)
    render.preload_copier()
    with console.busy("Reading the routes of the application"):
        routes = list_routes(request.path, "flask")
    with open_versions(record, record.commit, request.template, console) as (old, new):
        merge_repo = MergeRepo(old.workspace / "merge.git", worktree)
        flask_folder, fastapi_folder = old.workspace / "old", new.workspace / "new"
        with console.busy("Rendering both editions"):
            before = render.render(old, flask_folder, record.answers, {})
            given = {**record.answers, "framework": FASTAPI}
            after = render.render(new, fastapi_folder, given, {})
        head = merge_repo.head_tree()
        mine = texts_of(merge_repo, head)
        flask, fastapi = assemble.read_folder(flask_folder), assemble.read_folder(fastapi_folder)
        main = without_service(_main(mine))
        parts = split(mine, flask, fastapi, main)
        for path in flask:
            differs = fastapi.get(path) != flask[path]
            if path.startswith(f"{OLD}/") and path not in ONE_FOR_BOTH and differs:
                (flask_folder / path).unlink()
        ours = with_texts(
            merge_repo,
            head,
            {
                **dict.fromkeys(parts.replaced),
                PYPROJECT: assemble.without_own_packages(
                    mine[PYPROJECT].decode(), flask[PYPROJECT].decode()
                ),
            },
        )
        generate_once = before.generate_once | after.generate_once
        merge = merge_renderings(
            merge_repo, flask_folder, fastapi_folder, FASTAPI, generate_once, ours
        )
        moved = {path: moved_path(path) for path in parts.old & parts.replaced}
        edited = sorted(path for path in parts.old if path in flask and mine[path] != flask[path])
        states = {route.after(moved): guide.state_of(route, flask, edited) for route in routes}
        tree = _with_both(merge_repo, merge, mine, flask, fastapi, main, parts)
        if request.proxy:
            done = [route for route, state in states.items() if state == guide.IN_TEMPLATE]
            tree = with_texts(merge_repo, tree, proxy.write_proxy(done, merge_repo.entries(tree)))
        by_hand = tuple(
            assemble.named_in_texts(_own(texts_of(merge_repo, tree, ".py"), fastapi), parts)
        )
        for words in by_hand:
            console.note(f"{words.replace('`', '')}: change it if it means the old application")
        tree = with_texts(
            merge_repo, tree, {guide.NAME: guide.write_guide(states, edited, by_hand)}
        )
        came_from = {new: old for old, new in moved.items()}
        merged = {change.path: change for change in merge.changes}
        merge = replace(
            merge,
            ours=head,
            tree=tree,
            changes=tuple(changes_between(merge_repo, head, tree, came_from, merged)),
            imports=_broken(merge_repo, mine, tree, fastapi, came_from),
        )
        check_uncommitted(worktree, merge)
        yield Step(
            UpdatePlan(
                path=worktree.project,
                src_path=old.src_path,
                old=record.commit,
                new=record.commit,
                answers={"framework": (FLASK, FASTAPI)},
                changes=tuple(with_lock_file(merge, request.install)),
                changelog="",
                diff=merge_repo.diff(head, tree, colour=colour),
                imports=merge.imports,
            ),
            merge_repo,
            merge,
        )


def _main(mine: assemble.Texts) -> str:
    try:
        return mine[MAIN].decode()
    except KeyError:
        raise ScaffoldError(
            f"the project has no {MAIN}, where its application is created"
        ) from None


def _with_both(
    merge_repo: MergeRepo,
    merge: Merge,
    mine: assemble.Texts,
    flask: assemble.Texts,
    fastapi: assemble.Texts,
    main: str,
    parts: Split,
) -> str:
    """The tree in which both applications live."""
    result = texts_of(merge_repo, merge.tree)
    has_database = f"{OLD}/database.py" in flask
    tree = with_texts(
        merge_repo,
        merge.tree,
        {
            **assemble.own_files_outside(mine, result, fastapi, parts),
            **assemble.old_application(mine, main, parts),
            **assemble.strangler(has_database),
            **assemble.parity(has_database, f"{OLD}/auth/routes.py" in flask),
            PYPROJECT: assemble.with_all_packages(
                result[PYPROJECT].decode(),
                mine[PYPROJECT].decode(),
                flask[PYPROJECT].decode(),
                fastapi[PYPROJECT].decode(),
            ),
        },
    )
    return with_texts(merge_repo, tree, assemble.edited_files(texts_of(merge_repo, tree)))


def _broken(
    merge_repo: MergeRepo,
    mine: assemble.Texts,
    tree: str,
    fastapi: assemble.Texts,
    moved: dict[str, str],
) -> tuple[BrokenImport, ...]:
    """What the user's files import that is nowhere now."""
    before = {p: c.decode("utf-8", "replace") for p, c in mine.items() if p.endswith(".py")}
    files = texts_of(merge_repo, tree, ".py")
    after = {path: content.decode("utf-8", "replace") for path, content in files.items()}
    own = _own(files, fastapi).keys() - moved.keys()
    return imports.broken_imports(before, after, own, {})


def _own(files: assemble.Texts, templates: assemble.Texts) -> dict[str, bytes]:
    """Those that are not as the template made them, and not of the migration itself."""
    return {
        path: content
        for path, content in files.items()
        if templates.get(path) != content
        and not path.startswith(assemble.STRANGLER)
        and path not in {edit.path for edit in EDITS}
    }


def _next(plan: UpdatePlan, skipped: list[Skipped]) -> Iterator[str]:
    if plan.conflicts:
        yield "git status    # what is left to resolve; `scaffold migrate --abort` takes all of it back"
    yield from (step.command for step in skipped)
    yield "uv run poe lint && uv run poe test"
    yield "git commit --message 'FastAPI answers first'"
    yield f"less {guide.NAME}    # the routes that are left, and how one is moved"
