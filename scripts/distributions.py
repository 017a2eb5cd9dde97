"""Build what is published of a release: a wheel that carries the template, and its source.

    python -m scripts.distributions v1.2.0

builds the files of a tag into `dist/`, from a work tree of its own: nothing that lies here gets into
them. A release does the same before its tag is kept.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

from uv import find_uv_bin

from scaffold.errors import ScaffoldError
from scaffold.git.remotes import clone_bare
from scaffold.git.repository import checkout_at, commit_of, is_tag
from scaffold.git.run import git_output
from scaffold.template import releases, sources

ROOT = Path(__file__).parents[1]
PACKAGE = Path("src", "scaffold")
DIST = ROOT / "dist"
# Where README.md names another file of the repository, in Markdown or HTML.
RELATIVE = re.compile(r"""(\]\(|\b(?:href|src|srcset)=")(?![a-z]+:|#)([^)"\s]+)""")
IMAGES = (".gif", ".jpg", ".png", ".svg", ".webp")


def main() -> None:
    """Build the tag of the command line, or say in one line why not."""
    parser = ArgumentParser(prog="scripts.distributions", description=__doc__)
    parser.add_argument("tag", help="the release, such as v1.2.0")
    tag = parser.parse_args().tag
    try:
        if not (releases.is_release(tag) and is_tag(ROOT, tag)):
            raise ScaffoldError(f"{tag} is not the tag of a release; `git tag` lists them")
        src_path = origin()
        with work_tree(tag) as tree, ExitStack() as undo:
            files = keep(build(tree, tag, src_path), undo)
            undo.pop_all()
    except (ScaffoldError, OSError) as error:
        sys.exit(f"error: {error}")
    for file in files:
        print(file.relative_to(ROOT))


def origin() -> str:
    """The URL that every project made by the wheel records."""
    checkout = checkout_at(ROOT)
    if checkout is None:
        raise ScaffoldError(f"{ROOT} is not a git repository; release from a clone")
    if checkout.shallow:
        raise ScaffoldError("this is a shallow clone; run `git fetch --unshallow --tags` first")
    src_path = sources.shareable_url(checkout.origin)
    if src_path is None:
        raise ScaffoldError(
            f"origin is {checkout.origin or 'not set'}, and projects need a URL that others reach; "
            "set it with `git remote set-url origin URL`"
        )
    return src_path


@contextmanager
def work_tree(commit: str) -> Iterator[Path]:
    """A commit in a temporary folder that shares this repository."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        try:
            git_output("worktree", "add", "--quiet", "--detach", tree, commit, cwd=ROOT)
            yield tree
        finally:  # forced twice, for one that was only half added; and there may be none
            remove = ("worktree", "remove", "--force", "--force", tree)
            git_output(*remove, cwd=ROOT, good=(0, 128))


def build(tree: Path, tag: str, src_path: str) -> list[Path]:
    """The source distribution of a tag and the wheel made from it, opened and checked."""
    pack(tree, src_path)
    link(tree, tag, src_path)
    folder = tree.with_name("dist")
    uv("build", "--out-dir", str(folder), cwd=tree)
    built = sorted(file for file in folder.iterdir() if file.suffix in (".gz", ".whl"))
    check(tree, built, tag, src_path)
    return built


def pack(tree: Path, src_path: str) -> None:
    """Lay into the package what an installed tool cannot ask the network for."""
    tags = filter(releases.is_release, git_output("tag", cwd=tree).split())
    bundle = tree / PACKAGE / sources.BUNDLE.name
    refs = (f"refs/tags/{tag}" for tag in tags)
    git_output("bundle", "create", "--quiet", bundle, *refs, cwd=tree)
    (tree / PACKAGE / sources.URL.name).write_text(f"{src_path}\n", encoding="utf-8")


def link(tree: Path, tag: str, src_path: str) -> None:
    """Have the page on an index lead to the repository, where that is on the web."""
    page = src_path.removeprefix("git+").removesuffix(".git")
    if not page.startswith("https://"):
        return
    with (tree / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write(f'\n[project.urls]\nSource = "{page}"\n')
    readme = tree / "README.md"
    readme.write_text(absolute(readme.read_text(encoding="utf-8"), page, tag), encoding="utf-8")


def absolute(text: str, page: str, tag: str) -> str:
    """Markdown whose links lead to the files of a tag on the web."""

    def place(found: re.Match[str]) -> str:
        before, path = found.groups()
        return f"{before}{page}/{'raw' if path.endswith(IMAGES) else 'blob'}/{tag}/{path}"

    return RELATIVE.sub(place, text)


def check(tree: Path, built: list[Path], tag: str, src_path: str) -> None:
    """Open the wheel, and compare its version, its URL and its template with the tag."""
    wheel = next(file for file in built if file.suffix == ".whl")
    unpacked = tree.with_name("wheel")
    with ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    package = unpacked / sources.BUNDLE.parent.name
    repository = tree.with_name("template.git")
    clone_bare(str(package / sources.BUNDLE.name), repository)
    found = (
        f"v{next(iter(metadata.distributions(path=[str(unpacked)]))).version}",
        (package / sources.URL.name).read_text(encoding="utf-8").strip(),
        commit_of(repository, tag),
    )
    expected = (tag, src_path, commit_of(tree, "HEAD"))
    if found != expected:
        raise ScaffoldError(f"the wheel holds {found}, and the release is {expected}")


def keep(built: list[Path], undo: ExitStack) -> list[Path]:
    """Copy what was built to where it is published from, and remember how to take that back."""
    DIST.mkdir(exist_ok=True)
    kept = [DIST / file.name for file in built]
    for file, copy in zip(built, kept, strict=True):
        undo.callback(copy.unlink, missing_ok=True)
        shutil.copy(file, copy)
    return kept


def uv(*args: str, cwd: Path) -> None:
    """Run uv; of what it says, the last line is enough."""
    command = [find_uv_bin(), *args]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ScaffoldError(f"uv {args[0]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")


if __name__ == "__main__":
    main()
