"""Make a release here: changelog, version, commit, tag, and a wheel that carries the template.

It is made in a work tree of its own and checked there. The branch moves last, so whatever fails
leaves the repository as it was. Nothing is pushed or published.
"""

import argparse
import re
import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from packaging.version import Version

from scaffold.errors import ScaffoldError
from scaffold.git.repository import has_changes, tag_names
from scaffold.git.run import git_output
from scaffold.template import releases
from scripts import distributions

ROOT = distributions.ROOT
UNRELEASED = re.compile(
    r"^## \[Unreleased\]\n(?P<changes>.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE
)


def main() -> None:
    """Release the version of the command line, or say in one line why not."""
    parser = argparse.ArgumentParser(prog="poe release", description=__doc__)
    parser.add_argument("version", metavar="X.Y.Z", type=number, help="the new version")
    version = parser.parse_args().version
    try:
        src_path = distributions.origin()
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
    print(f"  git push --atomic origin {branch} v{version}\n")
    print("On GitHub this starts the workflow Publish, which asks for approval. Elsewhere:\n")
    print(f"  uv publish {' '.join(str(file.relative_to(ROOT)) for file in files)}")


def number(text: str) -> str:
    """A version as Semantic Versioning writes it."""
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a version such as 1.2.0")
    return text


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
    with distributions.work_tree("HEAD") as tree, ExitStack() as undo:
        write_version(tree, version)
        git_output("commit", "--quiet", "--all", f"--message=Release {version}", cwd=tree)
        undo.callback(git_output, "tag", "--delete", tag, cwd=ROOT, good=(0, 1))
        git_output("tag", "--annotate", f"--message=Release {version}", tag, cwd=tree)
        files = distributions.keep(distributions.build(tree, tag, src_path), undo)
        git_output("merge", "--quiet", "--ff-only", f"{tag}^{{commit}}", cwd=ROOT)
        undo.pop_all()
    return files


def write_version(tree: Path, version: str) -> None:
    """Name in the changelog and in the package what was unreleased so far."""
    changelog = tree / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    heading = f"## [Unreleased]\n\n## [{version}] - {date.today()}\n"
    changelog.write_text(text.replace("## [Unreleased]\n", heading, 1), encoding="utf-8")
    distributions.uv("version", "--frozen", version, cwd=tree)


if __name__ == "__main__":
    main()
