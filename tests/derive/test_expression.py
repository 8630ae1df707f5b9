from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbrt_qa.derive.expression import parse
from sbrt_qa.derive.nodes import Boolean, Expression, Margin, Part, Ring
from sbrt_qa.errors import DerivationError

A, B, C = Part("a"), Part("b"), Part("c")


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("a", A),
        ("((a))", A),
        ("a - b", Boolean("-", A, B)),
        ("a-b", Boolean("-", A, B)),
        ("a − b", Boolean("-", A, B)),
        ("a - b + c", Boolean("+", Boolean("-", A, B), C)),
        ("a - b - c", Boolean("-", Boolean("-", A, B), C)),
        ("a - (b - c)", Boolean("-", A, Boolean("-", B, C))),
        ("a - b & c", Boolean("-", A, Boolean("&", B, C))),
        ("a & b - c", Boolean("-", Boolean("&", A, B), C)),
        ("grow(a, 5 mm)", Margin("grow", A, 5.0)),
        ("grow( a+b ,2.5mm )", Margin("grow", Boolean("+", A, B), 2.5)),
        ("shrink(a, 3 mm)", Margin("shrink", A, 3.0)),
        ("ring(a, 0 mm, 20 mm)", Ring(A, 0.0, 20.0)),
        ("grow_a & ringed", Boolean("&", Part("grow_a"), Part("ringed"))),
    ],
)
def test_reads_the_grammar(text, root):
    assert parse(text) == Expression(root)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (" liver−ctv ", "liver - ctv"),
        ("a&b+c", "(a & b) + c"),
        ("(a-b)-c", "a - b - c"),
        ("a-(b+c)", "a - (b + c)"),
        ("grow(cord,5.0mm)", "grow(cord, 5 mm)"),
        ("ring(ptv,0 mm,0.12345678 mm)", "ring(ptv, 0 mm, 0.12345678 mm)"),
    ],
)
def test_text_is_canonical(text, canonical):
    assert parse(text).text == str(parse(text)) == canonical


def test_names_its_roles_and_shows_a_true_minus():
    expression = parse("liver - (ctv + grow(ctv_2, 5 mm)) & ring(body, 0 mm, 9 mm)")
    assert expression.roles == frozenset({"liver", "ctv", "ctv_2", "body"})
    assert parse("liver - ctv").shown == "liver − ctv"
    assert parse("liver - ctv").text == "liver - ctv"


def nodes():
    leaf = st.sampled_from([A, B, C, Part("liver_2")])
    mm = st.floats(min_value=0.1, max_value=40)
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(Boolean, st.sampled_from("+-&"), inner, inner),
            st.builds(Margin, st.sampled_from(["grow", "shrink"]), inner, mm),
            st.builds(lambda solid, low, more: Ring(solid, low, low + more), inner, mm, mm),
        ),
        max_leaves=12,
    )


@given(nodes())
def test_text_reads_back_as_the_same_expression(root):
    expression = Expression(root)
    assert parse(expression.text) == expression
    assert parse(expression.shown) == expression


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"in '': expected a structure, found the end \(character 1\) \(name a role"),
        ("a b", r"unexpected 'b' at character 3 \(join two structures with"),
        ("a -", r"expected a structure, found the end \(character 4\)"),
        ("- a", r"expected a structure, found '-' at character 1"),
        ("a * b", r"in 'a \* b': unexpected '\*' at character 3 \(use role names"),
        ("a - b)", r"unexpected '\)' at character 6"),
        ("(a", r"expected '\)', found the end \(character 3\) \(check the parentheses\)"),
        ("5 mm", r"expected a structure, found '5' at character 1"),
        ("2a", r"expected a structure, found '2' at character 1"),
        ("_a", r"unexpected '_' at character 1"),
        ("leber-ü", r"unexpected 'ü' at character 7"),
        ("foo(a)", r"unknown operation 'foo' at character 1 \(known are grow\(a, 5 mm\), shrink"),
        (
            "grow - a",
            r"'grow' at character 1 is an operation, not a role \(write grow\(…\), or call the role",
        ),
        ("a - ring", r"'ring' at character 5 is an operation, not a role"),
        ("grow(a)", r"expected ',', found '\)' at character 7 \(each distance follows a comma\)"),
        ("grow(a, 5)", r"distance '5' at character 9 has no unit \(write '5 mm'\)"),
        ("grow(a, 0.5 cm)", r"distances are in mm, found 'cm' at character 13 \(write e.g. '5 mm'\)"),
        ("grow(a, 2 cm)", r"distances are in mm, found 'cm' at character 11 \(write e.g. '20 mm'\)"),
        ("grow(a, 1e3 mm)", r"distances are in mm, found 'e3' at character 10"),
        ("grow(a, b)", r"expected a distance, found 'b' at character 9 \(write e.g. '5 mm'\)"),
        ("grow(a, -5 mm)", r"negative distance at character 9 \(use shrink for the other direction\)"),
        ("shrink(a, −5 mm)", r"negative distance at character 11 \(use grow for the other direction\)"),
        ("grow(a, 0 mm)", r"grow by 0 mm at character 9 changes nothing \(leave it out\)"),
        ("grow(a, 101 mm)", r"distance '101' at character 9 is not within 0.1 to 100 mm"),
        ("grow(a, 0.05 mm)", r"distance '0.05' at character 9 is not within 0.1 to 100 mm"),
        ("grow(a, 5 mm, 6 mm)", r"expected '\)', found ',' at character 13"),
        ("ring(a, 5 mm)", r"expected ',', found '\)' at character 13"),
        ("ring(a, 5 mm, 5 mm)", r"outer distance at character 15 must be more than the inner, 5 mm"),
        (
            "ring(a, -5 mm, 5 mm)",
            r"negative distance at character 9 \(a ring lies outside; for a shell inside",
        ),
    ],
)
def test_faults_name_the_character_and_the_remedy(text, message):
    with pytest.raises(DerivationError, match=message):
        parse(text)


def test_nesting_and_length_are_limited():
    assert parse("(" * 32 + "a" + ")" * 32) == Expression(A)
    with pytest.raises(DerivationError, match=r"nested deeper than 32 at '\(' at character 33 \(derive a structure"):
        parse("(" * 33 + "a" + ")" * 33)
    assert parse("a" + "+a" * 127).roles == {"a"}
    with pytest.raises(DerivationError, match=r"longer than 256 words and signs at character 257"):
        parse("a" + "+a" * 128)


def test_reading_an_expression_loads_neither_arrays_nor_polygons():
    code = (
        "import sys; from sbrt_qa.derive.expression import parse; parse('liver - ctv'); "
        "print(sorted({'numpy', 'shapely', 'scipy', 'pydicom'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
