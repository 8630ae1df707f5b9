from hypothesis import given
from hypothesis import strategies as st

from sbrt_qa.report.text import REPLACEMENT, cells, clean, clip, fold, pad

ESCAPES = "\x1b[31mFAIL\x1b[0m"


def test_escape_sequences_newlines_and_direction_marks_are_made_visible():
    assert clean(ESCAPES) == f"{REPLACEMENT}[31mFAIL{REPLACEMENT}[0m"
    assert clean("a\r\nb\tc\x7f\x9b") == f"a{REPLACEMENT * 2}b{REPLACEMENT}c{REPLACEMENT * 2}"
    assert clean("\u202eSSAP\u2069\u200b\ufeff\u2028") == f"{REPLACEMENT}SSAP{REPLACEMENT * 4}"


def test_ordinary_names_stay_as_they_are():
    for name in ("Liver − CTVsb", "Niere_links", "肝臓", "Œsophage", "Cord+5"):
        assert clean(name) == name
    assert clean("a\u00a0b\u3000c") == "a b c"


@given(st.text())
def test_clean_keeps_the_length_and_leaves_nothing_to_clean(text):
    once = clean(text)
    assert len(once) == len(text)
    assert clean(once) == once
    assert all(character.isprintable() for character in once)


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cf", "Cs"])), st.integers(2, 40))
def test_no_folded_line_is_too_wide_and_no_word_is_lost(text, width):
    lines = fold(text, width)
    assert lines
    assert all(cells(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_fold_breaks_at_blanks_and_cuts_long_words():
    assert fold("at most 30 Gy", 7) == ["at most", "30 Gy"]
    assert fold("ABCDEFGHIJ kl", 5) == ["ABCDE", "FGHIJ", "kl"]
    assert fold("Liver_without_bed", 10) == ["Liver_", "without_", "bed"]
    assert fold("EQD2(ab=3):D0.5cc", 11) == ["EQD2(ab=3):", "D0.5cc"]
    assert fold("", 5) == [""]


def test_wide_characters_take_two_cells_and_combining_marks_none():
    assert cells("肝臓") == 4
    assert cells("e\u0301") == 1
    assert pad("肝", 4) == "肝  "
    assert pad("7", 3, right=True) == "  7"
    assert clip("肝臓の辺縁", 5) == "肝臓…"
    assert clip("Liver", 5) == "Liver"
