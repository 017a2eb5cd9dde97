"""Everything at once that a user may have set up for git, and what a hook or an alias of theirs leaves behind."""

from pathlib import Path

_SETTINGS = """
[user]
\tname = Ada
\temail = ada@example.com
\tsigningKey = nobody
[advice]
\tdetachedHead = true
[color]
\tui = always
[column]
\tui = always
[commit]
\tcleanup = strip
\tgpgSign = true
\tstatus = true
\ttemplate = {folder}/nowhere
\tverbose = true
[core]
\tabbrev = 4
\tattributesFile = {folder}/attributes
\tautocrlf = true
\tcommentChar = C
\teol = crlf
\texcludesFile = {folder}/ignore
\tfsmonitor = {folder}/hooks/fsmonitor
\thooksPath = {folder}/hooks
\tpager = false
\tquotePath = true
\tsafecrlf = true
\twhitespace = trailing-space
[diff]
\texternal = false
\tmnemonicPrefix = true
\tnoprefix = true
\trenames = false
[gc]
\tauto = 1
\tautoDetach = false
[gpg]
\tprogram = false
[i18n]
\tcommitEncoding = UTF-16
\tlogOutputEncoding = UTF-16
[init]
\tdefaultBranch = trunk
\ttemplateDir = {folder}/git-template
[log]
\tdecorate = full
\tshowSignature = true
[merge]
\tdirectoryRenames = false
\trenames = false
[protocol]
\tallow = never
[safe]
\tbareRepository = explicit
[status]
\tbranch = true
\trelativePaths = true
\tshort = true
\tshowUntrackedFiles = no
\tsubmoduleSummary = true
[submodule]
\trecurse = true
[tag]
\tsort = -version:refname
[trace2]
\tnormalTarget = 2
"""

_HOOKS = (
    "commit-msg",
    "fsmonitor",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "pre-commit",
    "prepare-commit-msg",
    "reference-transaction",
)


def arranged(folder: Path, home: Path, other: Path) -> dict[str, str]:
    """Write it down, and give the variables; a hook that runs leaves `ran` in the folder."""
    for place in (folder / "hooks", folder / "git-template" / "hooks"):
        place.mkdir(parents=True)
        for name in _HOOKS:
            (place / name).write_text(f"#!/bin/sh\necho {name} >> {folder}/ran\nexit 1\n")
            (place / name).chmod(0o755)
    (folder / "git-template" / "info").mkdir()
    (folder / "git-template" / "info" / "attributes").write_text("* text eol=crlf\n")
    (folder / "ignore").write_text("*.py\n.env*\n*.md\n")
    (folder / "attributes").write_text("* text eol=crlf ident filter=none export-ignore\n")
    (home / ".gitconfig").write_text(_SETTINGS.format(folder=folder))
    git_dir = str(other / ".git")
    return {
        "GIT_ALLOW_PROTOCOL": "https",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{git_dir}/objects",
        "GIT_CONFIG_PARAMETERS": f"'core.hooksPath'='{folder}/hooks' 'core.quotePath'='true'",
        "GIT_DIR": git_dir,
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_GLOB_PATHSPECS": "1",
        "GIT_INDEX_FILE": f"{git_dir}/index",
        "GIT_NAMESPACE": "elsewhere",
        "GIT_OBJECT_DIRECTORY": f"{git_dir}/objects",
        "GIT_PAGER": "false",
        "GIT_PREFIX": "app/",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_QUARANTINE_PATH": git_dir,
        "GIT_TRACE": "1",
        "GIT_WORK_TREE": str(other),
    }
