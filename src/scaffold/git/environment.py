"""What git may see of the environment, and of the settings of the user and the machine."""

import os
import shlex
from collections.abc import Mapping
from contextlib import suppress

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
EVERY_CALL = {
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
WITHOUT_USER_SETTINGS = {
    **NO_HOOKS,
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.eol": "lf",
    "core.excludesFile": os.devnull,
    "commit.gpgSign": "false",
    "i18n.commitEncoding": "UTF-8",
}

# A bare repository is read where it was named, and not where git comes upon it.
ALLOW_BARE = {"safe.bareRepository": "all"}
_PROTOCOLS = {"ext", "fd", "file", "ftp", "ftps", "git", "http", "https", "ssh"}
Settings = Mapping[str, str | tuple[str, ...]]


def isolate_environment(*, prompts: bool) -> None:
    """Forget the repository this process was started from; without a terminal, never ask."""
    for name in _REPOSITORY_VARIABLES:
        os.environ.pop(name, None)
    os.environ["GIT_OPTIONAL_LOCKS"] = "0"  # a kill would leave the lock in the user's repository
    os.environ.update(as_environment(_as_settings()))
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


def isolated_settings(settings: Settings) -> dict[str, str]:
    """Environment in which git has these settings, and none of the user's or the machine's."""
    return {
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **as_environment({**WITHOUT_USER_SETTINGS, **settings}, {}),
    }


def as_environment(
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
