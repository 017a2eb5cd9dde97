"""CSV files: the rows of one are read in turn, and another is written whole or not at all."""

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO


class CsvError(Exception):
    """What is wrong with a file, and where."""


@dataclass(frozen=True, slots=True)
class Row:
    """The line on which a row begins, and the text of each of its columns."""

    line: int
    cells: dict[str, str]


class CsvReader:
    """The columns of a file, and its rows one at a time."""

    def __init__(self, path: Path, lines: Iterable[str]) -> None:
        self.path = path
        self._reader = csv.reader(lines, strict=True)
        self._records = self._read_records()
        _, self.columns = next(self._records, (1, []))
        if not self.columns:
            raise CsvError(f"{path}: the file is empty")
        if twice := [name for name in self.columns if self.columns.count(name) > 1]:
            raise CsvError(f"{path}:1: two columns are called {twice[0]}")

    def __iter__(self) -> Iterator[Row]:
        for line, cells in self._records:
            if len(cells) != len(self.columns):
                sizes = f"{len(cells)} cells, but the file has {len(self.columns)} columns"
                raise CsvError(f"{self.path}:{line}: the row has {sizes}")
            yield Row(line, dict(zip(self.columns, cells, strict=True)))

    def _read_records(self) -> Iterator[tuple[int, list[str]]]:
        """Read the cells of each record, and the line on which it begins. An empty line is none."""
        line = 1
        try:
            for cells in self._reader:
                if cells:
                    yield line, cells
                line = self._reader.line_num + 1
        except UnicodeError:
            raise CsvError(f"{self.path}:{self._reader.line_num + 1}: not UTF-8") from None
        except csv.Error as error:
            raise CsvError(f"{self.path}:{line}: {error}") from None


@contextmanager
def read_csv(path: Path) -> Iterator[CsvReader]:
    """Open a file; a terminal shows how much of it is read."""
    with path.open("rb") as file, _progress(path.stat().st_size) as advance:

        def lines() -> Iterator[str]:
            encoding = "utf-8-sig"  # spreadsheets mark the beginning of a file
            for line in file:
                advance(len(line))
                yield line.decode(encoding)
                encoding = "utf-8"

        yield CsvReader(path, lines())


@contextmanager
def write_whole(path: Path) -> Iterator[TextIO]:
    """Open a new file; it takes its place at the end, unless an error comes first."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise CsvError(f"{path}: not a file")
    if not path.parent.is_dir():
        raise CsvError(f"{path.parent}: no such folder")
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        part = Path(folder, path.name)
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(path)


@contextmanager
def _progress(size: int) -> Iterator[Callable[[int], object]]:
    """Show progress in a terminal. The image does not: tqdm is in the dependency group `predict`."""
    if not (sys.stderr.isatty() and find_spec("tqdm")):
        yield lambda _: None
        return
    from tqdm import tqdm

    with tqdm(total=size or None, unit="B", unit_scale=True) as bar:
        yield bar.update
