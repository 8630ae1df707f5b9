"""The user guide is true to the letter: its files lint, its examples run, its tables name everything there is."""

from __future__ import annotations

import doctest
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from hazard_case import PROTOCOL, Pile

from sbrt_qa.cli import main
from sbrt_qa.cli.batch import SUMMARIES, summary
from sbrt_qa.histogram.sampling import BETWEEN, DOSE, END_CAPS
from sbrt_qa.pipeline.batch import Tally
from sbrt_qa.pipeline.store import Entry
from sbrt_qa.protocol import forms
from sbrt_qa.protocol.load import lint, load_protocol
from sbrt_qa.protocol.names import load_names
from sbrt_qa.report import formats
from sbrt_qa.report.record import schema as record_schema

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
MAKER = runpy.run_path(str(ROOT / "docs" / "make_guide.py"))
REMEDY = "the guide is out of date: run python docs/make_guide.py"


def blocks(kind: str) -> list[str]:
    return MAKER["blocks"](PAGE, kind)


def section(heading: str) -> str:
    assert f"\n## {heading}\n" in PAGE, f"docs/guide.md has no section {heading!r}: write it"
    start = PAGE.index(f"\n## {heading}\n") + 1
    return PAGE[start : PAGE.find("\n## ", start)]


FILES = {text.split("\n", 1)[0].removeprefix("# "): text for text in blocks("yaml")}
EXAMPLES = [block for block in blocks("console") if block.startswith("$ sbrt-qa")]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with the sample cases and with every file that the guide shows."""
    MAKER["lay_out"](PAGE, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assert_shows(shown: str, real: str) -> None:
    """Every run of shown lines stands in the real output, whole lines and in order; ``…`` alone on a line is a gap."""
    runs = shown.split(MAKER["GAP"])
    assert f"\n{real}".startswith(f"\n{runs[0]}"), REMEDY
    assert f"\n{real}".endswith(f"\n{runs[-1]}"), REMEDY
    position = 0
    for run in runs:
        found = f"\n{real}".find(f"\n{run}", position)
        assert found >= 0, f"{REMEDY}; not printed any more:\n{run}\nprinted is now:\n{real}"
        position = found + len(run)


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: block.split("\n", 1)[0].removeprefix("$ sbrt-qa "))
def test_a_command_prints_what_the_guide_shows(block, desk):
    code = None
    for command, shown in MAKER["steps"](block):
        if command == "echo $?":
            assert shown == f"{code}\n"
            continue
        result = CliRunner().invoke(main, command.split()[1:])
        assert_shows(shown, result.output)
        code = result.exit_code


def test_a_gap_of_the_guide_hides_no_wrong_line():
    with pytest.raises(AssertionError):
        assert_shows("a\n…\nc\n", "a\nb\nd\n")
    with pytest.raises(AssertionError):
        assert_shows("a\nb\n", "a\nb\nc\n")
    with pytest.raises(AssertionError):
        assert_shows("b\n", "a\nb\n")
    assert_shows("a\n…\nd\n…\n", "a\nb\nd\ne\n")


def test_the_complete_protocol_lints_clean_and_uses_every_kind_of_entry(desk):
    assert lint("my-protocol.yaml") == ()
    load_protocol("my-protocol.yaml")
    used = set(re.findall(r"([a-z]+):", FILES["my-protocol.yaml"]))
    every = (forms.ProtocolForm, forms.PrescriptionForm, forms.RoleForm, forms.ConstraintForm, forms.CheckForm)
    assert {field.alias or name for form in every for name, field in form.model_fields.items()} <= used


def test_the_names_file_loads(desk):
    assert load_names("my-names.yaml").aliases["bile_duct"] == ("Gallengang", "DHC")


def described(text: str) -> set[str]:
    """Every word in backquotes in the first column of a table of this text."""
    cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("form", "heading"),
    [
        (forms.ProtocolForm, "**At the top**"),
        (forms.PrescriptionForm, "**`prescription`**"),
        (forms.RoleForm, "**`structures`**"),
        (forms.ConstraintForm, "**`constraints`**"),
        (forms.CheckForm, "**`checks`**"),
        (forms.NamesForm, "### The names file"),
        (forms.AliasesForm, "### The names file"),
    ],
)
def test_every_key_of_a_file_is_explained_and_no_other(form, heading):
    text = PAGE[PAGE.index(f"\n{heading}") + 1 :]
    text = text[: re.search(r"\n(\*\*`|##)", text).start()]
    keys = {field.alias or name for name, field in form.model_fields.items()}
    if heading.startswith("###"):
        assert keys <= described(text)
    else:
        assert described(text) == keys


def test_every_field_of_the_record_is_explained():
    parts = record_schema()
    text = section("The JSON record")
    assert set(parts["properties"]) <= described(text)
    words = set(re.findall(r"`([a-z0-9_]+)`", text))
    for part in ("finding", "check", "curve"):
        assert set(parts["$defs"][part]["properties"]) <= words
    assert set(parts["properties"]["protocol"]["properties"]) <= words


def test_every_format_is_named():
    rows = dict(re.findall(r"^\| (`\..*?`) \| .*? \| yes \| (yes )?\|", section("Other formats"), re.MULTILINE))
    named = {suffix: bool(curves) for cell, curves in rows.items() for suffix in re.findall(r"`(\.[\w.]+)`", cell)}
    assert named == {suffix: entry.curves is not None for suffix, entry in formats().items()}


def test_a_batch_ends_in_the_words_of_the_guide():
    told = {
        "acceptable-variation": "VARIATION",
        "duodenum-overdose": "FAIL",
        "meets-all": "PASS",
        "no-cord": "UNDECIDED",
    }
    entries = [Entry(name, name, "", "", "", "", verdict, "", "") for name, verdict in told.items()]
    tally = Tally(len(told), done=len(told), verdicts=Counter(told.values()))
    assert summary(tally, entries, Path("trial")) == blocks("text")[0]
    assert set(SUMMARIES) <= described(section("`sbrt-qa batch`"))


@pytest.mark.parametrize("name", ["check", "batch", "watch", "receive", "serve", "compare", "dvh", "inspect", "sample"])
def test_every_option_of_a_command_is_named(name):
    options = {flag for option in main.get_command(None, name).params for flag in option.opts if flag.startswith("-")}
    words = re.findall(r"`(-[^`]*)`", section(f"`sbrt-qa {name}`"))
    assert options <= {word.split()[0] for word in words} | {"-h", "--help", "--config"}


def test_every_command_of_the_protocol_library_is_explained_with_its_options():
    group = main.get_command(None, "protocols")
    words = re.findall(r"`([^`\n]+)`", section("`sbrt-qa protocols`"))
    for name, command in group.commands.items():
        assert name in {word.split()[0] for word in words}
        options = {flag for option in command.params for flag in option.opts if flag.startswith("-")}
        assert options - {"--config"} <= {word.split()[0] for word in words}


def test_every_command_has_a_section():
    for name in main.list_commands(None):
        assert section(f"`sbrt-qa {name}`")


def test_every_convention_is_named():
    words = set(re.findall(r"`([^`\n]+)`", section("`sbrt-qa check`").rpartition("```")[2]))
    assert {*END_CAPS, *BETWEEN, *DOSE} <= words


def test_the_page_of_reason_codes_is_named_and_explains_those_of_the_sources():
    assert "[reason-codes.md](reason-codes.md)" in section("Reason codes")
    page = (ROOT / "docs" / "reason-codes.md").read_text(encoding="utf-8")
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    found = set(re.findall(r'code="([a-z]+(?:-[a-z0-9]+)+)"', sources))
    assert len(found) > 50
    assert found <= set(re.findall(r"^\| `([a-z0-9-]+)`", page, re.MULTILINE))


def test_the_table_of_metrics_is_made_from_the_metrics():
    assert MAKER["with_metrics"](PAGE) == PAGE, REMEDY


def test_refreshing_changes_numbers_and_nothing_else():
    real = "Volume 15.99 cc\nskipped\nMean   8.97 Gy\n"
    assert MAKER["renewed"]("Volume 9.5 cc\n…\nMean   10.11 Gy\n", real) == "Volume 15.99 cc\n…\nMean   8.97 Gy\n"
    with pytest.raises(SystemExit, match="rewrite by hand"):
        MAKER["renewed"]("Volumes 9.5 cc\n", real)


@pytest.mark.usefixtures("desk")
def test_the_python_examples_print_what_the_guide_shows():
    test = doctest.DocTestParser().get_doctest("".join(blocks("pycon")), {}, "guide", "docs/guide.md", 0)
    report = []
    runner = doctest.DocTestRunner()
    runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join([REMEDY, *report])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_the_loop_of_the_guide_sorts_the_cases(desk):
    """The loop is the guide's; small cases of the same verdicts stand for the samples."""
    loop = next(block for block in blocks("sh") if "case $code in" in block)
    (desk / "sample_dicom").unlink()
    for name, factor in {
        "meets-all": 1.0,
        "acceptable-variation": 1.15,
        "duodenum-overdose": 1.5,
        "no-cord": 1.0,
    }.items():
        pile = Pile.fresh()
        pile.dose.DoseGridScaling = float(pile.dose.DoseGridScaling) * factor
        if name == "no-cord":
            pile.roi("SpinalCord").ROIName = "zCord"
        pile.write(desk / "sample_dicom" / name)
        (desk / "sample_dicom" / f"{name}.yaml").unlink()
    (desk / "small.yaml").write_text(PROTOCOL.replace("<= 8 cc", "<= 5.5 cc"), encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    words = ["bash", "-euc", loop.replace("-p crlm-liver-bed-5fx", "-p small.yaml")]
    done = subprocess.run(words, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True)
    assert done.stdout == blocks("text")[-1]
    found = {file.stem: json.loads(file.read_text(encoding="utf-8"))["verdict"] for file in desk.glob("records/*.json")}
    assert found == {
        "meets-all": "PASS",
        "acceptable-variation": "VARIATION",
        "duodenum-overdose": "FAIL",
        "no-cord": "UNDECIDED",
    }


def test_every_link_inside_the_guide_leads_somewhere():
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        file, _, anchor = target.partition("#")
        if file:
            assert (ROOT / "docs" / file).exists(), target
        else:
            assert anchor in anchors, target


def test_the_pictures_are_small_and_up_to_date():
    maker = runpy.run_path(str(ROOT / "docs" / "make_pictures.py"))
    remedy = "the pictures are out of date: run python docs/make_pictures.py"
    written = (maker["IMAGES"] / "scorecard.svg").read_text(encoding="utf-8")
    assert maker["scorecard_svg"](maker["evaluation"]()) == written, remedy
    assert (maker["IMAGES"] / "curves.png").stat().st_size < 200_000


def test_the_pictures_of_the_method_are_small_shown_and_up_to_date():
    maker = runpy.run_path(str(ROOT / "docs" / "make_method_pictures.py"))
    page = (ROOT / "docs" / "how-numbers-are-computed.md").read_text(encoding="utf-8")
    for name, drawn in maker["pictures"]().items():
        remedy = f"{name} is out of date: run python docs/make_method_pictures.py"
        assert (maker["IMAGES"] / name).read_text(encoding="utf-8") == drawn, remedy
        assert len(drawn) < 60_000
        assert f"](images/{name})" in page
