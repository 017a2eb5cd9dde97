"""What h2load writes down becomes a rate and percentiles."""

import os
import sys
from pathlib import Path

import pytest

from scaffold.compare import load
from scaffold.compare.load import Load, Sample
from scaffold.errors import ScaffoldError

H2LOAD = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done > "$TOLD"
for word in "$@"; do
  case "$word" in
    --version) echo "h2load nghttp2/1.64.0" ;;
    --log-file=*) printf '1\\t200\\t1500\\n2\\t200\\t2500\\n' > "${word#--log-file=}" ;;
  esac
done
printf "$SAYS" >&2
exit ${ENDS:-0}
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for h2load, and the file with the words that it was called with."""
    program = tmp_path / "bin" / "h2load"
    program.parent.mkdir()
    program.write_text(H2LOAD)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))
    return tmp_path / "told"


def log(*rows: tuple[int, int, int]) -> str:
    return "".join(f"{at}\t{status}\t{took}\n" for at, status, took in rows)


def test_a_log_gives_the_rate_and_the_percentiles() -> None:
    rows = [(n, 200, 1000 * n) for n in range(1, 101)]
    assert load.read(log(*reversed(rows)), 2.0) == Sample(50, 50, 95, 99, 100, 0)


@pytest.mark.parametrize(
    ("durations", "p50", "p95", "peak"), [([7], 7, 7, 7), ([1, 2], 1, 2, 2), ([1, 2, 3], 2, 3, 3)]
)
def test_percentiles_of_few_requests_are_among_them(
    durations: list[int], p50: float, p95: float, peak: float
) -> None:
    sample = load.read(log(*((1, 200, 1000 * took) for took in durations)), 1)
    assert (sample.p50, sample.p95, sample.peak) == (p50, p95, peak)


def test_what_failed_counts_for_nothing_but_itself() -> None:
    rows = [(1, 201, 1000), (2, 503, 9000), (3, 302, 9000), (4, -1, 9000)]
    assert load.read(log(*rows), 1) == Sample(1, 1, 1, 1, 1, 3)


def test_an_answer_that_began_before_the_measurement_is_none() -> None:
    assert load.read(log((1, 0, 5), (2, 200, 2000)), 1) == Sample(1, 2, 2, 2, 2, 0)


@pytest.mark.parametrize(("text", "failed"), [("", 0), (log((1, 500, 3)), 1), (log((1, 0, 3)), 0)])
def test_where_nothing_succeeded_the_rate_is_zero(text: str, failed: int) -> None:
    assert load.read(text, 1) == Sample(0, 0, 0, 0, 0, failed)


@pytest.mark.usefixtures("told")
def test_the_generator_tells_its_version() -> None:
    assert load.generator() == "h2load nghttp2/1.64.0"


def test_without_the_generator_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ScaffoldError, match="h2load, which makes the load, is not installed") as e:
        load.generator()
    assert "apt-get install nghttp2-client" in e.value.hint


def test_one_url_is_asked_for_as_long_as_it_takes(told: Path, tmp_path: Path) -> None:
    file, body = tmp_path / "log", tmp_path / "body.json"
    pace = Load(clients=64, warm_up_seconds=0.25, seconds=2)
    sample = load.request("http://h/x", pace, ["Authorization: Bearer t"], body, file)
    assert sample == Sample(1, 1.5, 2.5, 2.5, 2.5, 0)
    assert told.read_text().splitlines() == [
        "--h1",
        "--threads=1",
        "--clients=64",
        "--warm-up-time=250ms",
        "--duration=2000ms",
        f"--log-file={file}",
        "--header=Authorization: Bearer t",
        "--header=Content-Type: application/json",
        f"--data={body}",
        "http://h/x",
    ]
    assert not file.exists()


def test_without_a_body_nothing_is_sent(told: Path, tmp_path: Path) -> None:
    load.request("http://h/x", Load(1, 0, 1), [], None, tmp_path / "log")
    assert not any(word.startswith(("--data", "--header")) for word in told.read_text().split("\n"))


def test_a_request_is_repeated_a_number_of_times(told: Path, tmp_path: Path) -> None:
    load.repeat("http://h/x", 100, [], tmp_path / "body.json")
    assert told.read_text().splitlines()[:2] == ["--h1", "--requests=100"]


@pytest.mark.parametrize(("says", "reason"), [("one\\ntwo\\n", "two"), ("", "no reason given")])
@pytest.mark.usefixtures("told")
def test_a_generator_that_fails_is_told_with_its_last_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, reason: str
) -> None:
    monkeypatch.setenv("SAYS", says)
    monkeypatch.setenv("ENDS", "3")
    with pytest.raises(ScaffoldError) as caught:
        load.repeat("http://h/x", 1, [], tmp_path / "body.json")
    assert caught.value.message == f"h2load failed: {reason}"


def test_a_talk_is_measured_by_the_script(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nprint(f'1\\t200\\t{len(sys.argv)}000')\nprint(sys.argv[1:], file=sys.stderr)\n"
    )
    url, pace = "http://h:1", Load(400, 0.5, 2)
    sample = load.echo(Path(sys.executable), script, url, pace, ("Bearer t",))
    assert sample == Sample(0.5, 6, 6, 6, 6, 0)
    script.write_text("import sys\nsys.exit(' '.join(sys.argv[1:]))\n")
    with pytest.raises(ScaffoldError, match=r"failed: ws://h:1 400 0\.5 2 Bearer t"):
        load.echo(Path(sys.executable), script, url, pace, ("Bearer t",))
