"""What is new in a template between two of its versions."""

import re

from scaffold.git.repository import read_committed
from scaffold.template.template import Template

_SECTION = re.compile(r"^(?=## )", re.MULTILINE)


def changelog_between(old: Template, new: Template) -> str:
    """The sections of CHANGELOG.md that came, or the lines that came to one; empty without the file."""
    before, after = (
        read_committed(version.repository, version.commit, "CHANGELOG.md") or ""
        for version in (old, new)
    )
    known = {section.partition("\n")[0]: section for section in _SECTION.split(before)[1:]}
    return "\n\n".join(
        news for section in _SECTION.split(after)[1:] if (news := _news(section, known))
    )


def _news(section: str, known: dict[str, str]) -> str:
    heading, _, text = section.partition("\n")
    if heading not in known:
        return section.strip() if text.strip() else ""
    old = set(known[heading].splitlines())
    lines = [line for line in text.splitlines() if line.strip() and line not in old]
    return "\n".join([heading, *lines]) if lines else ""
