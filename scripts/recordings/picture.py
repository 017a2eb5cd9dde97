"""A recording as an animated SVG: no script, no other file, and still for who wants no motion."""

from itertools import groupby
from xml.sax.saxutils import escape

from scripts.recordings.terminal import COLUMNS, ROWS, Frame, Row

WIDTH, HEIGHT = 8.4, 18  # of a character
PICTURE_SECONDS = 4
MARGIN = 14
FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
COLOURS = {
    "black": "#484f58",
    "red": "#ff7b72",
    "green": "#56d364",
    "brown": "#e3b341",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#56d4dd",
    "white": "#e6edf3",
    "brightblack": "#9198a1",
}
GROUND, TEXT = "#0d1117", "#e6edf3"


def draw(frames: list[Frame], title: str, picture: str | None = None) -> str:
    """Draw a recording; a picture, an address of data, comes after the last screen."""
    end_of_frames = round(sum(frame.seconds for frame in frames), 3)
    total = end_of_frames + (PICTURE_SECONDS if picture else 0)
    width, height = COLUMNS * WIDTH + 2 * MARGIN, ROWS * HEIGHT + 2 * MARGIN
    windows: dict[tuple[float, float], str] = {}
    body = []
    for number in range(ROWS):
        for row, start, end in _spans([(f.rows[number], f.seconds) for f in frames]):
            if row:
                window = windows.setdefault((start, end), f"t{len(windows)}")
                last = " last" if end == total else ""
                body.append(f'<g class="{window}{last}">{_line(row, number)}</g>')
    if picture:
        window = windows.setdefault((end_of_frames, total), f"t{len(windows)}")
        body.append(
            f'<image class="{window} last" href="{picture}" '
            f'width="{width:g}" height="{height}" preserveAspectRatio="xMidYMin slice"/>'
        )
    styles = [_window(name, start, end, total) for (start, end), name in windows.items()]
    used = {name for frame in frames for row in frame.rows for run in row for name in run.style}
    colours = sorted(used - {"bold", "underline", "reverse"})
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height}"',
            f'viewBox="0 0 {width:g} {height}" role="img" aria-labelledby="title">',
            f'<title id="title">{escape(title)}</title>',
            "<style>",
            f"text{{font:14px {FONT};fill:{TEXT};white-space:pre}}",
            *(f".{_name(colour)}{{fill:{_colour(colour)}}}" for colour in colours),
            ".bold{font-weight:bold}.underline{text-decoration:underline}",
            f".reverse{{fill:{GROUND}}}",
            f"g,image{{visibility:hidden;animation:{total:g}s step-end infinite}}",
            *styles,
            "@media (prefers-reduced-motion:reduce)",
            "{g,image{animation:none!important}.last{visibility:visible}}",
            "</style>",
            f'<rect width="{width:g}" height="{height}" rx="8" fill="{GROUND}" stroke="#30363d"/>',
            *body,
            "</svg>",
            "",
        )
    )


def _spans(shown: list[tuple[Row, float]]) -> list[tuple[Row, float, float]]:
    """Each content of a row, from when to when."""
    spans, start = [], 0.0
    for row, frames in groupby(shown, key=lambda frame: frame[0]):
        end = round(start + sum(seconds for _, seconds in frames), 3)
        spans.append((row, start, end))
        start = end
    return spans


def _line(row: Row, number: int) -> str:
    top = MARGIN + number * HEIGHT
    spans, grounds = [], []
    for run in row:
        text = run.text if "reverse" in run.style else run.text.rstrip()
        if not text:
            continue
        names = " ".join(map(_name, run.style))
        style = f' class="{names}"' if names else ""
        x, length = MARGIN + run.column * WIDTH, len(text) * WIDTH
        if "reverse" in run.style:
            size = f'width="{length:g}" height="{HEIGHT}"'
            grounds.append(f'<rect x="{x:g}" y="{top}" {size} fill="{TEXT}"/>')
        spans.append(f'<tspan x="{x:g}" textLength="{length:g}"{style}>{escape(text)}</tspan>')
    return f'{"".join(grounds)}<text y="{top + 14}" xml:space="preserve">{"".join(spans)}</text>'


def _window(name: str, start: float, end: float, total: float) -> str:
    """The rule that shows something from one moment to another."""
    moments = {0.0: "hidden", start: "visible"} | ({end: "hidden"} if end < total else {})
    rules = "".join(
        f"{100 * moment / total:.2f}%{{visibility:{value}}}" for moment, value in moments.items()
    )
    return f".{name}{{animation-name:{name}}}@keyframes {name}{{{rules}}}"


def _name(style: str) -> str:
    """The class of a style; a colour in digits needs a letter before it."""
    return f"c{style}" if style[0].isdigit() or len(style) == 6 else style


def _colour(style: str) -> str:
    return COLOURS.get(style) or COLOURS.get(style.removeprefix("bright")) or f"#{style}"
