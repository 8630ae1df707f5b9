"""Make the picture of the page in ``docs/images``: ``python docs/make_page_picture.py`` (needs chromium)."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image

import sbrt_qa as qa

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from devtools import Chromium, Tab  # noqa: E402 - the browser that the tests drive

TARGET = ROOT / "docs" / "images" / "page.webp"


def main() -> None:
    """Write the picture of the slices of the sample case with a CT."""
    program = shutil.which("chromium")
    if program is None:
        sys.exit("chromium is not installed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "report.html"
        qa.write_report(qa.judge(ROOT / "sample_dicom" / "meets-all", "crlm-liver-bed-5fx"), path)
        browser = Chromium(program, folder)
        tab = Tab(browser, path, (1160, 760))
        tab.js("document.getElementById('slices').scrollIntoView()")
        picture = tab.picture()
        browser.close()
    with Image.open(io.BytesIO(picture)) as seen:
        seen.convert("RGB").save(TARGET, "WEBP", quality=80, method=6)
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
