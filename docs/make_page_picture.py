"""Make the pictures of page and PDF in ``docs/images``: ``python docs/make_page_picture.py`` (chromium and poppler)."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

import sbrt_qa as qa

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from devtools import Chromium, Tab  # noqa: E402 - the browser that the tests drive

IMAGES = ROOT / "docs" / "images"
DOTS_PER_INCH = 80


def main() -> None:
    """Write the slices of the sample case with a CT, and the first and third sheet of its PDF."""
    program = shutil.which("chromium")
    if program is None or shutil.which("pdftoppm") is None:
        sys.exit("chromium or pdftoppm is not installed")
    evaluation = qa.judge(ROOT / "sample_dicom" / "meets-all", "crlm-liver-bed-5fx")
    _keep("page.webp", _page(evaluation, program))
    _keep("sheets.webp", _sheets(evaluation, (1, 3)))


def _page(evaluation: qa.Evaluation, program: str) -> Image.Image:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "report.html"
        qa.write_report(evaluation, path)
        browser = Chromium(program, folder)
        tab = Tab(browser, path, (1160, 760))
        tab.js("document.getElementById('slices').scrollIntoView()")
        picture = tab.picture()
        browser.close()
    return Image.open(io.BytesIO(picture)).convert("RGB")


def _sheets(evaluation: qa.Evaluation, numbers: tuple[int, ...]) -> Image.Image:
    """Return some sheets of the PDF side by side."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.pdf"
        qa.write_report(evaluation, path)
        made = []
        for number in numbers:
            asked = [
                "-f",
                str(number),
                "-singlefile",
                "-r",
                str(DOTS_PER_INCH),
                "-png",
                str(path),
                f"{folder}/{number}",
            ]
            subprocess.run(["pdftoppm", *asked], check=True)
            made.append(Image.open(io.BytesIO((Path(folder) / f"{number}.png").read_bytes())).convert("RGB"))
    gap = 16
    both = Image.new("RGB", (sum(one.width + gap for one in made) - gap, made[0].height), "#9aa4b0")
    for number, one in enumerate(made):
        both.paste(one, (number * (one.width + gap), 0))
    return both


def _keep(name: str, picture: Image.Image) -> None:
    target = IMAGES / name
    picture.save(target, "WEBP", quality=80, method=6)
    print(f"{name}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
