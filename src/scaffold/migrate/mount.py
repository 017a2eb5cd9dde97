"""`scaffold migrate --mount module:app`: a new application in front of one that `scaffold` did not make."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.frameworks import FASTAPI
from scaffold.git.first_commit import surroundings_of
from scaffold.git.merge_repo import Entry, MergeRepo
from scaffold.migrate import assemble, guide, packages
from scaffold.migrate.application import Application, parse_application
from scaffold.migrate.edits import EDITS_OF_MOUNT
from scaffold.migrate.imports import with_new_places
from scaffold.migrate.modules import OLD, module_of, moved_path
from scaffold.migrate.plan import MountRequest
from scaffold.migrate.preconditions import check_clean
from scaffold.migrate.routes import list_foreign_routes
from scaffold.migrate.split import Split
from scaffold.migrate.step import Step, change_tree, make_step, open_project
from scaffold.migrate.tree import texts_of, with_texts
from scaffold.project.skipped import Skipped
from scaffold.template import answers_file, render
from scaffold.template.answers import derived_defaults
from scaffold.template.open_template import open_template
from scaffold.template.project_name import slug
from scaffold.template.request import TemplateRequest
from scaffold.template.template import Template
from scaffold.update.plan import Change, Update, UpdatePlan

YOURS_STAYS = "yours stays; `scaffold diff` shows the template's"
TESTS_STAY = "yours stay; the template's are left out, because both need a conftest.py"


def plan_mount(request: MountRequest, console: Console, *, colour: bool) -> UpdatePlan:
    """Everything but the writing."""
    with _prepared(request, console, colour=colour) as prepared:
        return prepared.plan


def mount_application(request: MountRequest, console: Console, *, colour: bool) -> Update:
    """Put a new application beside theirs, which answers what is left."""
    prepared = _prepared(request, console, colour=colour)
    return make_step(request, prepared, _next, console)


@contextmanager
def _prepared(request: MountRequest, console: Console, *, colour: bool) -> Iterator[Step]:
    application = parse_application(request.application)
    worktree = open_project(request.path, console)
    if (request.path / answers_file.NAME).exists():
        raise UsageError(
            f"{request.path} was made from a template, so nothing has to be mounted",
            "`scaffold migrate --to fastapi` begins there",
        )
    check_clean(worktree)
    render.preload_copier()
    with console.busy("Reading the routes of the application"):
        routes = list_foreign_routes(request.path, application)
    with open_template(TemplateRequest(template=request.template), console) as template:
        merge_repo = MergeRepo(template.workspace / "merge.git", worktree)
        with console.busy("Rendering the FastAPI edition"):
            ours = _render(template, request.path)
        head = merge_repo.head_tree()
        before = merge_repo.entries(head)
        moved = {path: moved_path(path) for path in before if _is_app(path)}
        tree = merge_repo.with_entries(
            head, dict.fromkeys(moved) | {new: before[old] for old, new in moved.items()}
        )
        _check_free(before, moved)
        mine = texts_of(merge_repo, head)
        places, by_hand = _with_new_places(mine, moved)
        tree = with_texts(merge_repo, tree, places)
        theirs = merge_repo.entries(tree)
        kept = dict(_kept(ours, theirs))
        application = application.moved if moved else application
        files = {path: text for path, text in ours.items() if not _is_kept(path, kept)}
        files |= {
            path: t.encode() for path, t in assemble.edited_files(files, EDITS_OF_MOUNT).items()
        }
        _copy_into_image(files, theirs)
        folder = template.workspace / "theirs"
        merge_repo.check_out(tree, theirs, folder)
        merged = packages.merge_packages(
            folder / worktree.prefix,
            ours[packages.FILE].decode(),
            application.module.partition(".")[0],
            in_src=_is_in_src(application, theirs),
        )
        notes = [f"`{path}`: {reason}" for path, reason in kept.items()]
        tree = with_texts(
            merge_repo,
            tree,
            {
                **files,
                **assemble.strangler_of_foreign(application),
                **assemble.parity(database=False, users=False),
                packages.FILE: merged,
                guide.NAME: guide.write_foreign_guide(
                    application, [route.after(moved) for route in routes], notes, by_hand
                ),
            },
        )
        came_from = {new: old for old, new in moved.items()}
        yield change_tree(
            request,
            answers_file.Record(template.src_path, template.version, {}),
            merge_repo,
            tree,
            colour=colour,
            moved=came_from,
            kept=[Change(path, "kept", reason) for path, reason in kept.items()],
        )


def _render(template: Template, project: Path) -> dict[str, bytes]:
    """The smallest edition; `scaffold add` brings the rest when it is wanted."""
    folder = template.workspace / "fastapi"
    defaults = derived_defaults(
        template.questions, slug(project.name), surroundings_of(project).identity
    )
    render.render(template, folder, {"framework": FASTAPI, "database": "none"}, defaults)
    return assemble.read_folder(folder)


def _is_app(path: str) -> bool:
    return path.startswith(f"{OLD}/") or path == f"{OLD}.py"


def _check_free(theirs: Mapping[str, Entry], moved: Mapping[str, str]) -> None:
    """Raise an error where a file of theirs has a name that the migration needs."""
    needed = {guide.NAME, *assemble.parity(database=False, users=False), *moved.values()}
    if taken := sorted(needed & theirs.keys()):
        raise UsageError(
            f"{taken[0]} is yours, and the migration writes a file of that name",
            "rename it, commit that, and run this again",
        )


def _with_new_places(
    mine: Mapping[str, bytes], moved: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """The files that import what is called differently now, and the places where a text names it."""
    if not moved:
        return {}, []
    known = {module_of(path) for path in mine if path.endswith(".py")}
    old = {module_of(path) for path in moved if path.endswith(".py")}
    found = {}
    for path, content in mine.items():
        if path.endswith(".py"):
            try:
                text = content.decode()
                new = with_new_places(path, text, old, known, moves=path in moved)
            except (SyntaxError, ValueError):
                continue
            if new != text:
                found[moved.get(path, path)] = new
    parts = Split(frozenset(moved), frozenset(), frozenset(moved))
    there = {moved.get(path, path): mine[path] for path in mine if path.endswith(".py")}
    return found, list(assemble.named_in_texts(there, parts))


def _kept(ours: Mapping[str, bytes], theirs: Mapping[str, Entry]) -> Iterator[tuple[str, str]]:
    """What both have, and what becomes of it."""
    if any(path.startswith("tests/") for path in theirs):
        yield "tests/", TESTS_STAY
    known = {path.lower() for path in theirs}
    for path in sorted(ours):
        if path.lower() in known and path != packages.FILE and not path.startswith("tests/"):
            yield path, YOURS_STAYS


def _is_kept(path: str, kept: Mapping[str, str]) -> bool:
    return path in kept or any(place.endswith("/") and path.startswith(place) for place in kept)


def _copy_into_image(files: dict[str, bytes], theirs: Mapping[str, Entry]) -> None:
    """Have the template's Dockerfile copy their code, where it is the template's."""
    tops = sorted({PurePosixPath(path).parts[0] for path in theirs if _is_code(path)})
    for path, line, added in (
        ("Dockerfile", "COPY app app\n", "COPY {0} {0}\n"),
        (".dockerignore", "!app\n", "!{0}\n"),
    ):
        if path in files:
            lines = line + "".join(added.format(top) for top in tops)
            files[path] = files[path].decode().replace(line, lines).encode()


def _is_code(path: str) -> bool:
    top = PurePosixPath(path).parts[0]
    if top in ("tests", "docs", "setup.py", "conftest.py") or top.startswith("."):
        return False
    return path.endswith(".py") or top in ("static", "templates")


def _is_in_src(application: Application, theirs: Mapping[str, Entry]) -> bool:
    top = f"src/{application.module.partition('.')[0]}"
    return any(path == f"{top}.py" or path.startswith(f"{top}/") for path in theirs)


def _next(_plan: UpdatePlan, skipped: list[Skipped]) -> Iterator[str]:
    yield from (step.command for step in skipped)
    yield "uv sync"
    yield "uv run poe lint && uv run poe test"
    yield "git add --all && git commit --message 'FastAPI answers first'"
    yield f"less {guide.NAME}    # the routes, and how one is moved"
