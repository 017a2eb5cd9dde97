"""Lines of code are counted without blank lines, comments and docstrings."""

from pathlib import Path

import pytest

from scaffold.compare.code_lines import count, count_in


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("", 0),
        ("\n\n# only words\n", 0),
        ("x = 1", 1),
        ("x = 1  # one\n\ny = 2\n", 2),
        ('"""What it is."""\nx = 1\n', 1),
        ('"""What\n\nit is."""\nx = 1\n', 1),
        ('x = """a\n\nb"""\n', 3),
        ("x = (\n    1,\n    # no code\n    2,\n)\n", 4),
        ('def f() -> None:\n    """What it does."""\n    return\n', 2),
        ('class A:\n    """What it is."""\n\n    async def f(self):\n        """Why."""\n', 2),
        ('def f():\n    x = 1\n    """no docstring"""\n', 3),
        ("x = 1; y = 2\n", 1),
        ("x = 1 + \\\n    2\n", 2),
        ("if x:\n\n    pass\nelse:\n    pass\n", 4),
        ("@a\ndef f():\n    pass\n", 3),
    ],
)
def test_only_code_is_counted(source: str, lines: int) -> None:
    assert count(source) == lines
    assert count(source.replace("\n", "\r\n")) == lines


def test_a_folder_is_the_sum_of_its_python_files(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one.py").write_text("x = 'grün'\n", encoding="utf-8")
    (tmp_path / "a" / "b" / "two.py").write_text("x = 1\ny = 2\n")
    (tmp_path / "notes.txt").write_text("x = 1\n")
    assert count_in(tmp_path) == 3
    assert count_in(tmp_path / "missing") == 0
