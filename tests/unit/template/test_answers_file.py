"""What a project keeps of its making is read, or refused with a reason."""

from pathlib import Path

import pytest

from scaffold.errors import UsageError
from scaffold.template import answers_file

GOOD = "_src_path: gh:acme/template\n_commit: v1.2.0\n"


def written(folder: Path, text: str | bytes) -> Path:
    """A project with this record."""
    content = text if isinstance(text, bytes) else text.encode()
    (folder / answers_file.NAME).write_bytes(content)
    return folder


def refused(project: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        answers_file.read(project)
    return caught.value


def test_answers_are_all_that_copier_did_not_write_for_itself(tmp_path: Path) -> None:
    text = (
        f"# Do not edit\n{GOOD}_other: 1\nname: 'Grün'\nworkers: 3\ndocs: true\n1: one\nlist: [a]\n"
    )
    record = answers_file.read(written(tmp_path, text))
    assert (record.src_path, record.commit) == ("gh:acme/template", "v1.2.0")
    assert record.answers == {
        "name": "Grün",
        "workers": 3,
        "docs": True,
        "1": "one",
        "list": ["a"],
    }


def test_windows_line_endings_will_do(tmp_path: Path) -> None:
    record = answers_file.read(written(tmp_path, GOOD.replace("\n", "\r\n")))
    assert record.commit == "v1.2.0"


@pytest.mark.parametrize(("commit", "text"), [("1234567", "1234567"), ("1.2", "1.2")])
def test_a_version_that_yaml_reads_as_a_number_is_text(
    tmp_path: Path, commit: str, text: str
) -> None:
    assert answers_file.read(written(tmp_path, f"_src_path: x\n_commit: {commit}\n")).commit == text


def test_a_folder_without_a_record_was_not_made_from_a_template(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert error.message == (
        f"{tmp_path} has no .copier-answers.yml, so it was not made from a template"
    )
    assert "top folder" in error.hint


@pytest.mark.parametrize("place", ["missing", "file"])
def test_a_place_that_is_no_folder_has_none_either(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    assert "has no .copier-answers.yml" in refused(tmp_path / place).message


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a: &b [*c]",
        "_commit: !!python/object:os.system x",
        "day: 2001-99-99",
        b"\xff\xfe\x00broken",
        "[" * 1000,
        "a: \x00",
    ],
    ids=["open", "alias", "tag", "date", "bytes", "deep", "control"],
)
def test_a_record_that_cannot_be_read_is_wrong_usage_with_one_line(
    tmp_path: Path, text: str | bytes
) -> None:
    error = refused(written(tmp_path, text))
    assert error.message.startswith(f"cannot read {tmp_path / answers_file.NAME}: ")
    assert len(error.message.splitlines()) == 1
    assert error.hint == "take it from the last commit"


def test_a_folder_in_the_place_of_the_record_is_told_in_the_words_of_the_system(
    tmp_path: Path,
) -> None:
    (tmp_path / answers_file.NAME).mkdir()
    error = refused(tmp_path)
    assert error.message.endswith(".copier-answers.yml: Is a directory")
    assert error.hint == ""


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n", "3\n"])
def test_a_record_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    assert refused(written(tmp_path, text)).message.endswith("is not a table of answers")


@pytest.mark.parametrize(
    "text",
    [
        "name: api\n",
        "_src_path: x\n",
        "_commit: v1\n",
        "_src_path: x\n_commit:\n",
        "_src_path: [x]\n_commit: v1\n",
        "_src_path: x\n_commit: [v1]\n",
        "_src_path: x\n_commit: ''\n",
        "_src_path: ''\n_commit: v1\n",
    ],
)
def test_a_record_without_a_template_or_a_version_is_refused(tmp_path: Path, text: str) -> None:
    error = refused(written(tmp_path, text))
    assert "does not say which version of which template" in error.message
    assert "written by Copier" in error.hint
