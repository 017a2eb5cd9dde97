"""A recorded template has the URL that Copier hands to git."""

import pytest

from scaffold.template.copier_urls import git_url, without_alias


@pytest.mark.parametrize(
    ("src_path", "written", "url"),
    [
        ("gh:acme/t", "https://github.com/acme/t", "https://github.com/acme/t.git"),
        ("gl:/acme/t.git", "https://gitlab.com/acme/t.git", "https://gitlab.com/acme/t.git"),
        ("git+https://x.y/t", "git+https://x.y/t", "https://x.y/t"),
        ("git+file:///srv/t", "git+file:///srv/t", "file:///srv/t"),
        ("https://x.y/t", "https://x.y/t", "https://x.y/t.git"),
        ("git@x.y:t", "git@x.y:t", "git@x.y:t"),
        ("/srv/t", "/srv/t", "/srv/t"),
    ],
)
def test_a_recorded_template_has_the_url_that_copier_hands_to_git(
    src_path: str, written: str, url: str
) -> None:
    assert without_alias(src_path) == written
    assert git_url(src_path) == url
