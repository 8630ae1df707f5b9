import io
import re
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from PIL import Image

from sbrt_qa.report import png, svg

NAMES = ("$\\frac{1}{0}$ _x^2_", "肝臓", "\x1b[31mred\x00", "<script>&", "_hidden", "")


@pytest.fixture
def odd(make_curve):
    return [make_curve(name, 10.0 + n, 5.0) for n, name in enumerate(NAMES)]


def test_png_is_a_picture_without_a_date(mixed):
    content = png.FORMAT.write(mixed)
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == "PNG"
        assert picture.size[0] == 1350
        assert set(picture.info) <= {"dpi"}


def test_svg_is_xml_without_a_date(mixed):
    content = svg.FORMAT.write(mixed)
    ET.fromstring(content)
    assert b"<dc:date>" not in content
    assert not re.search(rb"20\d\d-\d\d-\d\d", content)


def test_the_user_settings_of_matplotlib_change_nothing(mixed):
    before = svg.FORMAT.write(mixed)
    with mpl.rc_context({"font.size": 30.0, "svg.fonttype": "none", "axes.facecolor": "black"}):
        assert svg.FORMAT.write(mixed) == before
        assert mpl.rcParams["font.size"] == 30.0


def test_names_from_files_are_drawn_as_text(odd):
    assert png.FORMAT.curves(odd).startswith(b"\x89PNG")
    ET.fromstring(svg.FORMAT.curves(odd))


def test_forty_structures_fit_and_none_is_no_error(make_curve, make_evaluation):
    forty = [make_curve(f"Structure with a long name {n:02d}", 1.0 + n, 10.0) for n in range(40)]
    with Image.open(io.BytesIO(png.FORMAT.curves(forty))) as picture:
        assert picture.size[1] > 1000
    assert png.FORMAT.write(make_evaluation()).startswith(b"\x89PNG")
