"""Make the pictures in ``docs/images`` from a sample case: ``python docs/make_pictures.py``.

The curves are what ``sbrt-qa check -o curves.png`` writes, with fewer colours so that the file is small. The scorecard
is what the same command prints on a terminal, drawn as text: rows that passed are left out where ``⋮`` stands.
"""

from __future__ import annotations

import io
import re
from html import escape
from pathlib import Path

import sbrt_qa as qa
from sbrt_qa.report import write_report
from sbrt_qa.report.terminal import render

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
COMMAND = "sbrt-qa check sample_dicom/duodenum-overdose -p crlm-liver-bed-5fx"

CELL, LINE, MARGIN = 8.4, 18.0, 18.0
FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
PAPER, INK, QUIET = "#1d2129", "#e6e6e6", "#8c95a3"
COLORS = {"31": "#ff7b72", "35": "#d2a8ff", "33": "#f2cc60", "32": "#7ee787"}
_SEQUENCE = re.compile(r"\x1b\[([\d;]*)m")


def evaluation() -> qa.Evaluation:
    """Judge the case of the pictures."""
    case, _, protocol = COMMAND.removeprefix("sbrt-qa check ").partition(" -p ")
    return qa.judge(ROOT / case, protocol)


def curves_png(judged: qa.Evaluation) -> bytes:
    """Return the picture of the curves with at most 64 colours."""
    from PIL import Image

    whole = IMAGES / "curves.png"
    write_report(judged, whole)
    small = io.BytesIO()
    with Image.open(whole) as picture:
        few = picture.convert("RGB").quantize(64, dither=Image.Dither.NONE)
        few.save(small, "PNG", optimize=True)
    return small.getvalue()


def shortened(lines: list[str]) -> list[str]:
    """Leave out the rows that passed, but for the first three, and what follows them in the table."""
    passed = [number for number, line in enumerate(lines) if _SEQUENCE.sub("", line).rstrip().endswith("PASS")]
    checks = next(number for number, line in enumerate(lines) if "CHECKS" in line)
    return [*lines[: passed[3]], " ⋮", "", *lines[checks:]]


def scorecard_svg(judged: qa.Evaluation) -> str:
    """Return the printed scorecard as a drawing."""
    printed = render(judged, color=True, width=80).splitlines()
    lines = [f"\x1b[2m$\x1b[0m {COMMAND}", *shortened(printed)]
    width, height = 80 * CELL + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    body = "\n".join(part for number, line in enumerate(lines) for part in _line(line, MARGIN + (number + 0.75) * LINE))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img">\n'
        f"<title>{escape(COMMAND)}</title>\n"
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>\n'
        f'<g font-family="{FONT}" font-size="14" fill="{INK}" xml:space="preserve">\n{body}\n</g>\n</svg>\n'
    )


def _line(line: str, y: float) -> list[str]:
    """Return one text element for each cell of one style: columns hold whatever the width of the font."""
    made, column, codes = [], 0, frozenset[str]()
    for index, piece in enumerate(_SEQUENCE.split(line)):
        if index % 2:
            codes = frozenset(piece.split(";")) - {"0", ""}
            continue
        cells = re.finditer(r"[^ ]+(?: [^ ]+)*", piece)
        made += [_text(cell[0], MARGIN + (column + cell.start()) * CELL, y, codes) for cell in cells]
        column += len(piece)
    return made


def _text(text: str, x: float, y: float, codes: frozenset[str]) -> str:
    width = len(text) * CELL
    color = next((COLORS[code] for code in codes & COLORS.keys()), QUIET if "2" in codes else "")
    fill = f' fill="{color}"' if color else ""
    weight = ' font-weight="bold"' if "1" in codes else ""
    words = f'<text x="{x:g}" y="{y:g}" textLength="{width:g}"'
    if "7" in codes:  # the verdict stands on its own colour
        box = f'<rect x="{x - CELL:g}" y="{y - 0.78 * LINE:g}" width="{width + 2 * CELL:g}" height="{LINE:g}"{fill}/>'
        return f'{box}{words} fill="{PAPER}"{weight}>{escape(text)}</text>'
    return f"{words}{fill}{weight}>{escape(text)}</text>"


def main() -> None:
    """Write both pictures."""
    IMAGES.mkdir(exist_ok=True)
    judged = evaluation()
    (IMAGES / "curves.png").write_bytes(curves_png(judged))
    (IMAGES / "scorecard.svg").write_text(scorecard_svg(judged), encoding="utf-8")
    for picture in sorted(IMAGES.iterdir()):
        print(f"{picture.name}: {picture.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
