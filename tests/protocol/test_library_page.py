"""The page of the library is made from the files, and holds every row of them."""

from __future__ import annotations

import csv
import runpy
from pathlib import Path

import pytest

from sbrt_qa.protocol.library import folder, shipped
from sbrt_qa.protocol.load import load_protocol

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def page() -> str:
    return runpy.run_path(str(DOCS / "make_library.py"))["page"]()


def test_the_page_is_up_to_date(page):
    written = (DOCS / "protocol-library.md").read_text(encoding="utf-8")
    assert written == page, "the protocols have changed: run python docs/make_library.py"


def test_the_protocols_stand_side_by_side(page):
    side = page.partition("## Side by side")[2].partition("## Reported")[0]
    table = [line.split(" | ") for line in side.splitlines() if line.startswith("| ")]
    heads, cells = table[0], {line[0].removeprefix("| "): line for line in table[2:]}
    assert [head.strip("` |") for head in heads[1:]] == list(shipped())
    column = {head.strip("` |"): number for number, head in enumerate(heads)}
    assert "≤ 14 / 21.9 / 30 Gy (1 / 3 / 5 fx)" in cells["SpinalCord"][column["tg101-abdomen"]]
    veff = cells["Liver − GTV"][column["rtog1112-liver"]]
    assert "≤ 64 % / ≤ 54 % / ≤ 44 % / ≤ 34 % / ≤ 29 % / < 25 % (27.5 / 30 / 35 / 40 / 45 / 50 Gy)" in veff
    assert "**verify**" in veff
    assert "V30Gy < 30 cc, acceptable < 70 cc" in cells["Chestwall"][column["uw-abdomen-5fx"]]
    assert "where Mean of Kidney_R > 10 Gy" in cells["Kidney_L"][column["rtog1112-liver"]]
    assert "*R50[]*" in cells["PTV, all together"][column["crlm-liver-bed-5fx"]]
    asked = [cell.strip(" |") for line in cells.values() for cell in line[1:]]
    rules = sum(cell.count("<br>") + 1 for cell in asked if cell != "—")
    assert rules == sum(len(load_protocol(name).constraints) for name in shipped())


def test_what_is_to_be_verified_and_what_is_left_out_is_said(page):
    for name in shipped():
        for row in load_protocol(name).constraints:
            assert (f"* `{row.id}` of `{name}` (" in page) == row.verify
            assert (f"* `{row.id}` of `{name}`, `{row.metric.text}`: {row.why}\n" in page) == row.is_report
    with (folder() / "left-out.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert f"| {row['row']} |" in page
            assert row["reason"] in page
