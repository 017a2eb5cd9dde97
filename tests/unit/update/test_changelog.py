"""What is new in a template is what its CHANGELOG.md says more of."""

from pathlib import Path

import pytest

from scaffold.update.changelog import changelog_between
from tests.cli.conftest import make_repository
from tests.unit.conftest import template_at

OLD = "# Changes\n\n## 1.1.0\n\n- Second\n\n## 1.0.0\n\n- First\n"


def between(folder: Path, before: str | None, after: str | None) -> str:
    """What came from one text of the file to the next."""
    repository = make_repository(folder / "template", {"copier.yml": ""})
    for tag, text in (("old", before), ("new", after)):
        if text is not None:
            repository.commit({"CHANGELOG.md": text})
        elif (repository.path / "CHANGELOG.md").exists():
            repository.git("rm", "--quiet", "CHANGELOG.md")
            repository.commit({})
        repository.git("tag", tag)
    return changelog_between(template_at(repository, "old"), template_at(repository, "new"))


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        (OLD, OLD.replace("## 1.1.0", "## 1.2.0\n\n- Third\n\n## 1.1.0"), "## 1.2.0\n\n- Third"),
        (OLD, OLD, ""),
        (None, None, ""),
        (OLD, None, ""),
        (None, OLD, "## 1.1.0\n\n- Second\n\n## 1.0.0\n\n- First"),
        ("", "Words before any section.\n", ""),
        (OLD, OLD.replace("- Second", "- Second\n- Late"), "## 1.1.0\n- Late"),
        (OLD, OLD.replace("## 1.1.0", "## Unreleased\n\n## 1.1.0"), ""),
        (OLD, "# Changes\n\n## 1.0.0\n\n- First\n", ""),
        (OLD.replace("\n", "\r\n"), OLD, ""),
        ("## 1\n\n### Fixed\n- a\n", "## 1\n\n### Fixed\n- a\n- b\n", "## 1\n- b"),
    ],
    ids=[
        "a new section",
        "the same",
        "never there",
        "gone",
        "new",
        "no section",
        "a line more",
        "an empty section",
        "a section less",
        "other line endings",
        "headings below",
    ],
)
def test_the_news_are_what_came(
    tmp_path: Path, before: str | None, after: str | None, news: str
) -> None:
    assert between(tmp_path, before, after) == news


def test_new_sections_stand_in_the_order_of_the_file_with_a_line_between(tmp_path: Path) -> None:
    news = between(tmp_path, "## 1\n\n- a\n", "## 3\n\n- c\n\n## 2\n\n- b\n\n## 1\n\n- a\n")
    assert news == "## 3\n\n- c\n\n## 2\n\n- b"
