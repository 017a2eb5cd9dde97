"""The only module that runs git."""

import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from scaffold.errors import ScaffoldError

# Where a hook or an alias of the user's git points this process to; never our repository.
_REPOSITORY_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CONFIG",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_ATTR_SOURCE",
    "GIT_QUARANTINE_PATH",
    "GIT_TEMPLATE_DIR",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_PROTOCOL_FROM_USER",
)

# In every repository: what would only stop a call, print what a person likes to read, or start a program.
_STEADY = {
    "core.abbrev": "auto",
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "core.safecrlf": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
}

# The user's hooks are for what the user does.
NO_HOOKS = {"core.hooksPath": os.devnull}

# What the user set up for repositories of their own, and not for one that this tool makes.
_NEUTRAL = {
    **NO_HOOKS,
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.eol": "lf",
    "core.excludesFile": os.devnull,
    "commit.gpgSign": "false",
    "i18n.commitEncoding": "UTF-8",
}

# A bare repository is read where it was named, and not where git comes upon it.
_NAMED = {"safe.bareRepository": "all"}

_PROTOCOLS = {"ext", "fd", "file", "ftp", "ftps", "git", "http", "https", "ssh"}

# The edits that an abort took out of the work tree; the next ones have a number.
_ABORTED = "refs/scaffold/aborted"

TRACKED = "git tracks"

# Give up on a line that went dead.
_PATIENCE = {"http.lowSpeedLimit": "1", "http.lowSpeedTime": "30"}

_WHOLE_ELSEWHERE = "`git fsck` tells all that is damaged; a clone elsewhere may have it whole"
# What helps where git says this and nothing more.
_REMEDIES = {
    r"not a git repository: .*/worktrees/": (
        "the repository that this work tree belongs to was moved or removed: "
        "`git worktree repair PATH`, run there, joins them again"
    ),
    r"index file (corrupt|smaller)|bad (index|signature)": (
        "`rm .git/index` and `git reset` make the index anew; files stay as they are, "
        "and what was staged is not staged any more"
    ),
    r"bad config|bad (boolean|numeric)": "mend what it names in the file of these settings: `.git/config` or `~/.gitconfig`",
    r" is corrupt$|unable to (read|unpack)|bad object|inflate|appears to be broken": _WHOLE_ELSEWHERE,
}

# Copier's short names for sites.
ALIASES = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}

Settings = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Checkout:
    """What matters of a repository on this machine."""

    shallow: bool  # history was left out when it was cloned
    origin: str | None  # the URL it was cloned from


@dataclass(frozen=True)
class Refs:
    """What a repository offers, known without a copy of it."""

    head: str | None  # the commit of its default branch
    tags: Mapping[str, str]  # each with its commit


@dataclass(frozen=True)
class Surroundings:
    """What git says of the folder that a project is put into."""

    in_work_tree: bool
    identity: Mapping[str, str]  # `user.name` and `user.email`, as far as they are set
    prefix: str = ""  # where the folder lies in the work tree, such as services/


class GitError(ScaffoldError):
    """git answered with an error; the message has its reason."""


def isolate_environment(*, prompts: bool) -> None:
    """Forget the repository this process was started from; without a terminal, never ask."""
    for name in _REPOSITORY_VARIABLES:
        os.environ.pop(name, None)
    os.environ["GIT_OPTIONAL_LOCKS"] = "0"  # a kill would leave the lock in the user's repository
    os.environ.update(configuration(_as_settings()))
    if not prompts:
        os.environ["GIT_TERMINAL_PROMPT"] = "0"
        os.environ.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")


def _as_settings() -> Settings:
    """What the environment says in ways of its own, which git would read after all settings of ours."""
    settings: dict[str, tuple[str, ...]] = {}
    with suppress(ValueError):  # git stops at it
        for word in shlex.split(os.environ.pop("GIT_CONFIG_PARAMETERS", "")):  # of `git -c`
            key, equals, value = word.partition("=")
            settings[key] = (*settings.get(key, ()), value if equals else "true")
    allowed = os.environ.pop("GIT_ALLOW_PROTOCOL", None)
    if allowed is not None:
        names = set(allowed.split(":")) - {""}
        settings["protocol.allow"] = ("never",)
        for name in sorted(_PROTOCOLS | names):
            settings[f"protocol.{name}.allow"] = ("always" if name in names else "never",)
    return settings


def redirect(urls: tuple[str, ...], repository: Path) -> dict[str, str]:
    """Environment in which git reads these URLs from a repository on this machine."""
    place = {f"url.{repository}.insteadOf": urls}
    settings = {**_STEADY, **_NEUTRAL, **_NAMED, **_allowing_files(), **place}
    return {**configuration(settings), "GIT_TEMPLATE_DIR": ""}


def _allowing_files() -> Settings:
    """Let git read what was named on this machine also where the user forbids it, but no submodule there."""
    for name in ("protocol.file.allow", "protocol.allow"):
        if said := _text(_run("config", "--get", name, cwd=Path(os.sep)).stdout).strip():
            return {"protocol.file.allow": "user"} if said == "never" else {}
    return {}


def alone(settings: Settings) -> dict[str, str]:
    """Environment in which git has these settings, and none of the user's or the machine's."""
    return {
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **configuration({**_NEUTRAL, **settings}, {}),
    }


def configuration(
    settings: Settings, environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Settings as environment, after those that the environment already has."""
    before = environment.get("GIT_CONFIG_COUNT", "")
    count = int(before) if before.isdecimal() else 0
    variables = {}
    for key, values in settings.items():
        for value in (values,) if isinstance(values, str) else values:
            variables[f"GIT_CONFIG_KEY_{count}"] = key
            variables[f"GIT_CONFIG_VALUE_{count}"] = value
            count += 1
    return {**variables, "GIT_CONFIG_COUNT": str(count)}


def _run(
    *args: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    stdin: str = "",
) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "LC_ALL": "C", **(env or {})}
    environment |= configuration({**_STEADY, **(settings or {})}, environment)
    try:
        return subprocess.run(  # noqa: S603
            ["git", *args],  # noqa: S607
            cwd=cwd,
            env=environment,
            input=os.fsencode(stdin),
            capture_output=True,
            check=False,
        )
    except OSError as error:
        if cwd and error.filename == cwd:
            raise ScaffoldError(f"cannot open {cwd}: {error.strerror}") from error
        if error.filename != "git":
            raise
        absent = isinstance(error, FileNotFoundError)
        raise ScaffoldError(
            f"git {'was not found' if absent else 'cannot be run'}, and the template is read with it"
            + ("" if absent else f": {error.strerror}"),
            "install git (https://git-scm.com/downloads) and run the command again",
        ) from error


def raw_output(
    *args: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    stdin: str = "",
    good: tuple[int, ...] = (0,),
) -> bytes:
    """What git prints; an exit code that is not good is an error."""
    done = _run(*args, cwd=cwd, env=env, settings=settings, stdin=stdin)
    if done.returncode not in good:
        command = next((arg for arg in args if not str(arg).startswith("-")), "")
        raise _failure(str(command), done)
    return done.stdout


def _failure(command: str, done: subprocess.CompletedProcess[bytes]) -> GitError:
    """What git says, and what helps: the command that it names itself, or one that is known."""
    lines = [line.strip() for line in _text(done.stderr).splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:"))]
    # What is wrong with an object is said last, after every step of reading it.
    reason = next((line for line in told if line.endswith(" is corrupt")), None)
    reason = reason or (told or lines or ["failed"])[0]
    named = next((line for line in lines if line.startswith("git config ")), None)
    known = (hint for pattern, hint in _REMEDIES.items() if re.search(pattern, reason))
    return GitError(
        f"git {command}: {reason}", f"if you trust it: {named}" if named else next(known, "")
    )


def _found_none(folder: Path, done: subprocess.CompletedProcess[bytes]) -> bool:
    """Whether git looked for a repository and there is none; one that it cannot read is an error."""
    if done.returncode and b"not a git repository (or any" not in done.stderr:
        raise _failure("rev-parse", done)
    if done.returncode and os.path.lexists(folder / ".git"):
        raise GitError(
            f"git takes {folder / '.git'} for no repository: something of it is missing, damaged or not readable",
            _WHOLE_ELSEWHERE,
        )
    return bool(done.returncode)


def output(
    *args: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    stdin: str = "",
    good: tuple[int, ...] = (0,),
) -> str:
    """What git prints, as text; bytes that are no text survive as file names do."""
    return _text(raw_output(*args, cwd=cwd, env=env, settings=settings, stdin=stdin, good=good))


def _text(printed: bytes) -> str:
    return printed.decode("utf-8", "surrogateescape")


def _ask(
    repository: Path, *args: str | Path, stdin: str = ""
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a repository that was named."""
    return _run(*args, cwd=repository, settings=_NAMED, stdin=stdin)


def _is_so(repository: Path, *args: str) -> bool:
    """What git answers with its exit code."""
    done = _ask(repository, *args)
    if done.returncode not in (0, 1):
        raise _failure(args[0], done)
    return done.returncode == 0


def checkout_at(path: Path) -> Checkout | None:
    """The repository whose top is this folder, bare or not."""
    done = _ask(path, "rev-parse", "--show-cdup", "--is-shallow-repository")
    *way_up, shallow = _text(done.stdout).splitlines() or ("",)
    if _found_none(path, done) or any(way_up):
        return None
    origin = _text(_ask(path, "config", "--get", "remote.origin.url").stdout).strip()
    return Checkout(shallow=shallow == "true", origin=origin or None)


def commit_of(repository: Path, ref: str) -> str | None:
    """The full name of the commit that a branch, tag or commit stands for."""
    if ref.startswith("-"):
        return None
    for candidate in (ref, f"refs/remotes/origin/{ref}"):
        done = _ask(repository, "rev-parse", "--quiet", "--verify", f"{candidate}^{{commit}}")
        if done.returncode == 0:
            return _text(done.stdout).strip()
        if done.returncode != 1:
            raise _failure("rev-parse", done)
    return None


def last_commit(repository: Path) -> str | None:
    """The commit that is checked out; none on a branch that was never committed to."""
    done = _run("rev-parse", "--quiet", "--verify", "HEAD^{commit}", cwd=repository)
    if done.returncode == 0:
        return _text(done.stdout).strip()
    done = _run("log", "-1", cwd=repository)  # says why
    if b"does not have any commits yet" not in done.stderr:
        raise _failure("log", done)
    return None


def is_tag(repository: Path, ref: str) -> bool:
    """Whether a tag has this name."""
    return _is_so(repository, "show-ref", "--quiet", "--verify", f"refs/tags/{ref}")


def tags(repository: Path, *, merged: str | None = None) -> list[str]:
    """The names of all tags, or of those in the history of a commit."""
    within = [f"--merged={merged}"] if merged else []
    listed = ("for-each-ref", "--format=%(refname:strip=2)", *within, "refs/tags")
    return output(*listed, cwd=repository, settings=_NAMED).split("\n")[:-1]


def is_published(repository: Path, commit: str) -> bool:
    """Whether the repository has seen the commit on its origin."""
    seen = ("for-each-ref", "--count=1", f"--contains={commit}", "refs/remotes/origin")
    return bool(_ask(repository, *seen).stdout)


def has_changes(repository: Path) -> bool:
    """Whether the work tree differs from its last commit."""
    return bool(_ask(repository, "status", "--porcelain", "--untracked-files=normal").stdout)


def read_file(repository: Path, commit: str, path: str) -> str | None:
    """The text of a file in a commit."""
    done = _ask(repository, "cat-file", "--batch", stdin=f"{commit}:{path}\n")
    facts, _, content = _text(done.stdout).partition("\n")
    is_file = facts.split(" ")[1:2] == ["blob"]
    if done.returncode or (not is_file and b"error: " in done.stderr):
        raise _failure("cat-file", done)
    return content.removesuffix("\n").replace("\r\n", "\n") if is_file else None


def clone(url: str, destination: Path) -> None:
    """Copy a repository here, giving up on a line that went dead."""
    command = ("clone", "--quiet", "--bare", "--template=", "--", url, destination)
    output(*command, settings={**NO_HOOKS, **_reaching(url)})


def _reaching(url: str) -> Settings:
    """What git needs for a way to a template that leads through a network, or stays on this machine."""
    here = url.startswith("file:") or Path(url).is_absolute()
    return _allowing_files() if here else _PATIENCE


def refs(repository: str | Path) -> Refs:
    """What a repository has, near or far; asked from where no other one can be meant."""
    place = Path(os.sep)
    listed = output("ls-remote", "--", repository, cwd=place, settings=_reaching(str(repository)))
    commits = {
        name: commit for commit, _, name in (row.partition("\t") for row in listed.split("\n"))
    }
    tags = {name for name in commits if name.startswith("refs/tags/") and not name.endswith("^{}")}
    return Refs(
        head=commits.get("HEAD"),
        # An annotated tag is an object of its own; the line after it has its commit.
        tags={tag[len("refs/tags/") :]: commits.get(f"{tag}^{{}}", commits[tag]) for tag in tags},
    )


def describe(repository: Path, commit: str, tag: str | None = None) -> str:
    """The name of a commit as Copier records it: a tag, or how far it is from the nearest or this one."""
    match = [f"--match={tag}"] if tag else []
    command = ("describe", "--tags", "--always", *match, commit)
    return output(*command, cwd=repository, settings=_NAMED).strip()


def require_merge_tree() -> None:
    """Refuse a git that cannot merge trees without a work tree."""
    numbers = re.findall(r"\d+", output("version"))[:2]
    if [int(number) for number in numbers] < [2, 38]:
        raise ScaffoldError(
            f"git {'.'.join(numbers)} is too old to merge an update", "install git 2.38 or newer"
        )


def project_at(folder: Path) -> tuple[str, str, str] | None:
    """Where a folder lies in the repository around it, the repository's own folder, its objects."""
    done = _run(
        "rev-parse", "--is-inside-work-tree", "--show-prefix", "--absolute-git-dir",
        "--git-path", "objects",
        cwd=folder,
    )  # fmt: skip
    lines = _text(done.stdout).split("\n")
    if _found_none(folder, done) or len(lines) < 4:
        return None
    if lines[0] != "true":
        raise ScaffoldError(
            f"the repository of {folder} has no files that are checked out: it is a bare one",
            "run it in a clone, or, if that is a mistake, `git config core.bare false`",
        )
    prefix, git_dir, objects = lines[1:4]
    return prefix, git_dir, str((folder / objects).resolve())


def surroundings(folder: Path) -> Surroundings:
    """Whether the folder is in a repository, be it one that git refuses to read, and whose."""
    inside = _run("rev-parse", "--is-inside-work-tree", "--show-prefix", cwd=folder)
    answer, _, prefix = _text(inside.stdout).strip().partition("\n")
    unreadable = inside.returncode and "not a git repository" not in _text(inside.stderr)
    identity = settings_of(folder, r"^user\.(name|email)$")
    return Surroundings(
        in_work_tree=bool(unreadable) or answer == "true",
        prefix=prefix,
        identity={key: value for key, value in identity.items() if value},
    )


def settings_of(folder: Path, pattern: str) -> Mapping[str, str]:
    """The settings that hold in a folder, of those whose names match."""
    listed = _text(_run("config", "-z", "--get-regexp", pattern, cwd=folder).stdout)
    pairs = (entry.partition("\n") for entry in listed.split("\0") if entry)
    return {key: value if said else "true" for key, said, value in pairs}


def written_out(src_path: str) -> str:
    """A template's address without Copier's short names, which nobody else can read."""
    for alias, site in ALIASES.items():
        if src_path.startswith(alias):
            return site + src_path.removeprefix(alias).lstrip("/")
    return src_path


def url_of(src_path: str) -> str:
    """The URL that Copier hands to git for a recorded template."""
    src_path = written_out(src_path)
    if src_path.startswith("git+"):
        return src_path.removeprefix("git+")
    if src_path.startswith("https://") and not src_path.endswith(".git"):
        return f"{src_path}.git"
    return src_path


def ignores(folder: Path, path: str, workspace: Path) -> bool:
    """Whether the folder's own ignore files, and nobody else's, leave a path out."""
    repository = workspace / "ignores"
    env = alone({})
    output("init", "--quiet", "--template=", repository, env=env)
    place = ("--git-dir", repository / ".git", "--work-tree", folder)
    return _run(*place, "check-ignore", "--quiet", path, cwd=folder, env=env).returncode == 0


def exposure(file: Path) -> str:
    """How a file could get into a commit: git tracks it, or does not ignore it; empty if neither."""
    name = f"./{file.name}"
    if _run("check-ignore", "--quiet", name, cwd=file.parent).returncode != 1:
        return ""
    known = _run("ls-files", "--error-unmatch", name, cwd=file.parent).returncode == 0
    return TRACKED if known else "git does not ignore"


def commit_all(project: Path, message: str, known: Mapping[str, str]) -> None:
    """Make the folder a repository whose first commit is everything in it."""
    who = {} if {"user.name", "user.email"} <= known.keys() else _stand_in(known)
    for command in (
        ("init", "--quiet", "--template=", "--initial-branch=main"),
        ("add", "--all"),
        ("commit", "--quiet", "--cleanup=whitespace", "-m", message),
    ):
        output(*command, cwd=project, env=who, settings=_NEUTRAL)


def _stand_in(known: Mapping[str, str]) -> dict[str, str]:
    """An author for one commit where git was never told who its user is."""
    name = known.get("user.name", "scaffold")
    email = known.get("user.email") or os.environ.get("EMAIL") or "scaffold@localhost"
    who = {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
    }
    return {key: os.environ.get(key) or value for key, value in who.items()}


def keep_aside(project: Path, paths: Iterable[str], message: str) -> str:
    """Keep files as they lie in the work tree in a commit after the last one; the reference to it."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}

        def indexed(*command: str, stdin: str = "") -> str:
            return output(*command, cwd=project, env=env, settings=NO_HOOKS, stdin=stdin)

        indexed("read-tree", "HEAD")
        text = "".join(f"{path}\0" for path in paths)
        indexed("update-index", "--add", "--remove", "--replace", "-z", "--stdin", stdin=text)
        tree = indexed("write-tree").strip()
    who = _stand_in({})
    commit = output("commit-tree", "-p", "HEAD", "-m", message, tree, cwd=project, env=who).strip()
    names = (f"{_ABORTED}-{number}" if number > 1 else _ABORTED for number in count(1))
    name = next(name for name in names if commit_of(project, name) is None)
    free = "0" * len(commit)  # nobody has taken the name meanwhile
    output("update-ref", name, commit, free, cwd=project, settings=NO_HOOKS)
    return name
