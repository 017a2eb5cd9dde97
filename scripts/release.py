"""Make a release here: changelog, version, commit, tag, and a wheel that carries the template.

It is made in a work tree of its own and checked there. The branch moves last, so whatever fails
leaves the repository as it was. Nothing is pushed or published.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

from packaging.version import Version
from uv import find_uv_bin

from scaffold.errors import ScaffoldError
from scaffold.git.remotes import clone_bare
from scaffold.git.repository import checkout_at, commit_of, has_changes, tag_names
from scaffold.git.run import git_output
from scaffold.template import releases, sources

ROOT = Path(__file__).parents[1]
PACKAGE = Path("src", "scaffold")
UNRELEASED = re.compile(
    r"^## \[Unreleased\]\n(?P<changes>.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE
)


def main() -> None:
    """Release the version of the command line, or say in one line why not."""
    parser = argparse.ArgumentParser(prog="poe release", description=__doc__)
    parser.add_argument("version", metavar="X.Y.Z", type=number, help="the new version")
    version = parser.parse_args().version
    try:
        src_path = origin()
        branch = default_branch()
        refuse_changes(branch)
        refuse_version(version)
        refuse_changelog()
        files = release(version, src_path)
    except (ScaffoldError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("error: interrupted; nothing was released")
    print(f"Released {version}. Its projects record {src_path}. To publish it:\n")
    print(f"  git push --atomic origin {branch} v{version}")
    print(f"  uv publish {' '.join(str(file.relative_to(ROOT)) for file in files)}")


def number(text: str) -> str:
    """A version as Semantic Versioning writes it."""
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a version such as 1.2.0")
    return text


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


def default_branch() -> str:
    """The branch that releases are made from."""
    pointer = ("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    head = git_output(*pointer, cwd=ROOT, good=(0, 1)).strip()
    return head.removeprefix("origin/") or "main"


def refuse_changes(branch: str) -> None:
    """A release is a commit of the default branch, and holds all that lies here."""
    current = git_output("branch", "--show-current", cwd=ROOT).strip()
    if current != branch:
        raise ScaffoldError(f"this is {current or 'no branch'}; run `git switch {branch}` first")
    if has_changes(ROOT):
        raise ScaffoldError("the work tree has changes; commit or remove them first")


def refuse_version(version: str) -> None:
    """A release is newer than all before it."""
    newest = releases.newest(tag_names(ROOT))
    if newest and Version(version) <= Version(newest):
        raise ScaffoldError(f"{version} is not newer than {newest}; choose a higher version")


def refuse_changelog() -> None:
    """A release says what it changes."""
    section = UNRELEASED.search((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    lines = section["changes"].splitlines() if section else []
    if not any(line.strip() and not line.startswith("#") for line in lines):
        raise ScaffoldError("CHANGELOG.md says nothing under `## [Unreleased]`; write it there")


def release(version: str, src_path: str) -> list[Path]:
    """Commit, tag, build and check aside; keep all of it only when everything is done."""
    tag = f"v{version}"
    with work_tree() as tree, ExitStack() as undo:
        write_version(tree, version)
        git_output("commit", "--quiet", "--all", f"--message=Release {version}", cwd=tree)
        undo.callback(git_output, "tag", "--delete", tag, cwd=ROOT, good=(0, 1))
        git_output("tag", "--annotate", f"--message=Release {version}", tag, cwd=tree)
        pack(tree, src_path)
        built = build(tree)
        check(tree, built, version, src_path)
        files = [ROOT / "dist" / file.name for file in built]
        files[0].parent.mkdir(exist_ok=True)
        for file, kept in zip(built, files, strict=True):
            undo.callback(kept.unlink, missing_ok=True)
            shutil.copy(file, kept)
        git_output("merge", "--quiet", "--ff-only", f"{tag}^{{commit}}", cwd=ROOT)
        undo.pop_all()
    return files


@contextmanager
def work_tree() -> Iterator[Path]:
    """The last commit in a temporary folder that shares this repository."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        try:
            git_output("worktree", "add", "--quiet", "--detach", tree, cwd=ROOT)
            yield tree
        finally:  # forced twice, for one that was only half added; and there may be none
            remove = ("worktree", "remove", "--force", "--force", tree)
            git_output(*remove, cwd=ROOT, good=(0, 128))


def write_version(tree: Path, version: str) -> None:
    """Name in the changelog and in the package what was unreleased so far."""
    changelog = tree / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    heading = f"## [Unreleased]\n\n## [{version}] - {date.today()}\n"
    changelog.write_text(text.replace("## [Unreleased]\n", heading, 1), encoding="utf-8")
    uv("version", "--frozen", version, cwd=tree)


def pack(tree: Path, src_path: str) -> None:
    """Lay into the package what an installed tool cannot ask the network for."""
    tags = filter(releases.is_release, git_output("tag", cwd=tree).split())
    bundle = tree / PACKAGE / sources.BUNDLE.name
    refs = (f"refs/tags/{tag}" for tag in tags)
    git_output("bundle", "create", "--quiet", bundle, *refs, cwd=tree)
    (tree / PACKAGE / sources.URL.name).write_text(f"{src_path}\n", encoding="utf-8")


def build(tree: Path) -> list[Path]:
    """The source distribution, and the wheel made from it."""
    folder = tree.with_name("dist")
    uv("build", "--out-dir", str(folder), cwd=tree)
    return sorted(file for file in folder.iterdir() if file.suffix in (".gz", ".whl"))


def check(tree: Path, built: list[Path], version: str, src_path: str) -> None:
    """Open the wheel, and compare its version, its URL and its template with the tag."""
    wheel = next(file for file in built if file.suffix == ".whl")
    unpacked = tree.with_name("wheel")
    with ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    package = unpacked / sources.BUNDLE.parent.name
    repository = tree.with_name("template.git")
    clone_bare(str(package / sources.BUNDLE.name), repository)
    found = (
        next(iter(metadata.distributions(path=[str(unpacked)]))).version,
        (package / sources.URL.name).read_text(encoding="utf-8").strip(),
        commit_of(repository, f"v{version}"),
    )
    expected = (version, src_path, commit_of(tree, "HEAD"))
    if found != expected:
        raise ScaffoldError(f"the wheel holds {found}, and the release is {expected}")


def uv(*args: str, cwd: Path) -> None:
    """Run uv; of what it says, the last line is enough."""
    command = [find_uv_bin(), *args]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ScaffoldError(f"uv {args[0]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")


if __name__ == "__main__":
    main()
