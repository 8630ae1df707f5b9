"""Tables of others: what has one meaning is read, what has two or none is refused by its line with the reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbrt_qa.errors import UsageError
from sbrt_qa.protocol import file_text
from sbrt_qa.protocol.exchange.import_table import import_table
from sbrt_qa.protocol.load import read_content


@pytest.fixture
def load(tmp_path):
    def run(text: str | bytes, **asked):
        path = tmp_path / "Our Table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        made = import_table(path, **({"fractions": (5,), "target": "PTV"} | asked))
        reading = read_content(made.text.encode(), "made.yaml")
        assert not reading.faults
        return made, reading.protocol

    return run


HEADERS = [
    "Structure,Metric,Goal,Variation", "organ at risk,DVH Metric,Per Protocol,Variation Acceptable",
    "ROI;Parameter;Optimal;Mandatory", "OAR\tConstraint\tLimit\tTolerance",
    "STRUCTURE_NAME,dose_metric,objective,acceptable",
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_headers_may_be_called_otherwise(header, load):
    separator = next(sign for sign in ";\t," if sign in header)
    line = separator.join(["Cord", "D0.035cc", "<= 25 Gy", "<= 28 Gy"])
    made, protocol = load(f"{header}\n{line}\n")
    (row,) = protocol.constraints
    assert (row.metric.text, row.goal.always.text, row.acceptable.always.text) == (
        "D0.035cc[Gy]", "<= 25 Gy", "<= 28 Gy",
    )  # fmt: skip
    assert protocol.roles[row.structure].names == ("SpinalCord",)
    assert made.refused == ()


SPELLINGS = {
    ("D0.03cc[Gy]", "<= 25 Gy"): ("D0.03cc[Gy]", "<= 25 Gy"), ("D0.03 cc", "≤ 25Gy"): ("D0.03cc[Gy]", "<= 25 Gy"),
    ("D.03cm3 (Gy)", "< 25"): ("D0.03cc[Gy]", "< 25 Gy"), ("d_0.03CC", "<=2500 cGy"): ("D0.03cc[Gy]", "<= 25 Gy"),
    ("V2000cGy", "< 10 cm³"): ("V20Gy[cc]", "< 10 cc"), ("V20Gy (%)", "=< 30"): ("V20Gy[%]", "<= 30 %"),
    ("V20Gy", "< 30 %"): ("V20Gy[%]", "< 30 %"), ("CV15Gy", "≥ 700 ml"): ("CV15Gy[cc]", ">= 700 cc"),
    ("Dmax", "<= 35 Gy"): ("Max[Gy]", "<= 35 Gy"), ("Mean dose", "< 1550 cGy"): ("Mean[Gy]", "< 15.5 Gy"),
    ("Dmean (Gy)", "< 15"): ("Mean[Gy]", "< 15 Gy"), ("D95%", ">= 100 %"): ("D95%[%]", ">= 100 %"),
    ("EQD2(ab=3):D0.5cc[Gy]", "<= 60 Gy"): ("EQD2(ab=3):D0.5cc[Gy]", "<= 60 Gy"),
    ("PCI[]", ">= 0.8"): ("PCI[]", ">= 0.8"),
    ("D0.035cc <= 25.3 Gy", ""): ("D0.035cc[Gy]", "<= 25.3 Gy"), ("V18Gy[cc] < 5 cc", ""): ("V18Gy[cc]", "< 5 cc"),
    ("D1cc", "<= 1 cGy"): ("D1cc[Gy]", "<= 0.01 Gy"),
}  # fmt: skip


@pytest.mark.parametrize("written", SPELLINGS)
def test_metrics_and_limits_may_be_spelt_otherwise(written, load):
    made, protocol = load(f"structure,metric,goal\nDuodenum,{written[0]},{written[1]}\n")
    assert made.refused == ()
    (row,) = protocol.constraints
    assert (row.metric.text, row.goal.always.text) == SPELLINGS[written]
    assert row.verify


def test_comparison_and_unit_may_have_columns_of_their_own(load):
    _, protocol = load("organ,metric,operator,limit,unit\nLiver,V20Gy,<,30,%\nLiver,Mean,<=,1500,cGy\n")
    assert [row.goal.always.text for row in protocol.constraints] == ["< 30 %", "<= 15 Gy"]
    _, protocol = load("organ,metric,goal (cGy),variation [Gy]\nLiver,Mean,< 1500,16\n")
    assert protocol.constraints[0].acceptable.always.text == "< 16 Gy"


REFUSED = {
    "V20,< 30 %": "metric 'V20' may mean 20 Gy or 20 % (write V20Gy or V20%)",
    "D95,>= 50 Gy": "metric 'D95' may mean 95 cc or 95 % (write D95cc or D95%)",
    "Mean,25 Gy": "limit '25 Gy' has no comparison (write '<= 25 Gy' or '>= 25 Gy')",
    "Mean,<= 25": "limit '<= 25' has no unit (write '<= 25 Gy', for instance)",
    "V20Gy,<= 25 Gy": "'V20Gy[Gy]' cannot be in Gy (write V20Gy[cc] or V20Gy[%])",
    "Mean[Gy],<= 25 %": "limit '<= 25 %' is in %, the metric in Gy (give both the same unit)",
    "D700cc,<= 15 Gy": "has two readings",
    "CI,<= 1.2": "metric 'CI' has several definitions (write CI[] for that of RTOG, PCI[] for that of Paddick)",
    "Mean lung dose,<= 8 Gy": "unknown metric",
    "V20Gy,<= 30 Gy or less": "holds no plain number",
    '"Mean","<= 1,000 cGy"': "holds no plain number",
    "Meen,<= 25 Gy": "did you mean",
    'Mean,"<= 25,5 Gy"': "holds no plain number with a unit (write a decimal point)",
    "Mean,ALARA": "limit 'ALARA' holds no plain number with a unit",
    "Mean,": "it has no goal (fill in the goal, or write true under report)",
    "Mean < 9 Gy,< 10 Gy": "holds a limit, and so does the column of goals",
    "V20Gy[%],<= 250 %": "never above 100 %",
    ",<= 25 Gy": "unknown metric",
    "Mean,<= 20 Gy,<= 15 Gy": "acceptable '<= 15 Gy' is stricter than goal '<= 20 Gy'",
    "Mean,<= 20 Gy,>= 25 Gy": "point in opposite directions",
    "Mean,<= 20 Gy,<= 25 Gy,x": "it has more cells than the header",
    "Mean,-5 Gy": "holds no plain number",
    "Mean,<= inf Gy": "holds no plain number",
    "Mean[Gy],3: <= 5 Gy; 4 <= 6 Gy": "is no list of limits",
    "Mean,<= 25 Gy/fx": "holds no plain number",
    "Mean[Gy],3 cc: <= 5 Gy; 5: <= 6 Gy": "is no list of limits",
    "Mean[Gy],3: <= 5 Gy; 3: <= 6 Gy": "is no list of limits",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_unclear_is_refused_by_its_line(line, load):
    made, protocol = load(f"structure,metric,goal,variation\nLiver,Volume,>= 700 cc\n\nDuodenum,{line}\n")
    (error,) = made.refused
    assert REFUSED[line] in str(error)
    assert error.where == "Our Table.csv:4"
    assert error.mend
    assert "# NOT READ: Our Table.csv:4:" in made.text
    assert len(protocol.constraints) == 1


CELLS_REFUSED = {
    "Mean,<= 25 Gy,>=,,,": "its comparison is '<=' in one place and '>=' in another (make the two agree)",
    "Mean,<= 25 Gy,,maybe,,": "required cannot be 'maybe' (write true or false)",
    "Mean[Gy],<= 25 Gy,,,yes,": "a report row is never judged and has a limit (leave out one of the two)",
    "Mean,<= 25 Gy,,,,5-3": "'5-3' is no number of fractions (write 5, 3-5 or 1, 3, 5)",
}  # fmt: skip


@pytest.mark.parametrize("line", CELLS_REFUSED)
def test_cells_that_contradict_are_refused_by_their_line(line, load):
    made, _ = load(
        f"structure,metric,goal,comparison,required,report,fractions\nLiver,Volume,>= 700 cc\nDuodenum,{line}\n"
    )
    (error,) = made.refused
    assert CELLS_REFUSED[line] in str(error)
    assert error.where == "Our Table.csv:3"


def test_spellings_of_one_structure_are_one_role_and_others_that_look_alike_are_not(load):
    lines = "".join(
        f"{name},Mean,< {number} Gy\n" for number, name in enumerate(["Cord", "SpinalCord", "A b", "A-b"], 5)
    )
    _, protocol = load(f"structure,metric,goal\n{lines}")
    assert [row.structure for row in protocol.constraints] == ["spinalcord", "spinalcord", "a_b", "a_b_2"]
    assert [protocol.roles[role].names for role in ("a_b", "a_b_2")] == [("A b",), ("A-b",)]


def test_each_citation_is_one_source(load):
    lines = "".join(
        f"Liver,Mean,< {n} Gy,{cited}\n" for n, cited in enumerate(["Our rule", "A longer citation", "Our rule"], 5)
    )
    _, protocol = load(f"structure,metric,goal,source\n{lines}")
    assert [row.source for row in protocol.constraints] == ["our-rule", "source-2", "our-rule"]
    assert protocol.sources == {"our-rule": "Our rule", "source-2": "A longer citation"}


@pytest.mark.parametrize(("name", "words"), [
    ("z_Ring", "begins with 'z'"), ("", "it names no structure"), ("Opt_Liver", "can never match"),
])  # fmt: skip
def test_a_structure_that_can_never_match_is_refused(name, words, load):
    made, _ = load(f"structure,metric,goal\nLiver,Mean,< 15 Gy\n{name},Mean,< 15 Gy\n")
    assert words in str(made.refused[0])


def test_a_second_row_of_the_same_id_is_refused(load):
    made, protocol = load(
        "id,structure,metric,goal\nA,Liver,Mean,< 15 Gy\nA,Heart,Mean,< 15 Gy\n#3,Heart,Max,< 15 Gy\n"
    )
    assert "id 'A' stands here a second time" in str(made.refused[0])
    assert [row.id for row in protocol.constraints] == ["A", "HEART-Max"]


def test_numbers_of_fractions_become_columns(load):
    text = (
        "structure,metric,goal,fx\nCord,D0.35cc,< 10 Gy,1\nCord,D0.35cc,< 18 Gy,3 fx\nCord,D0.35cc,< 23 Gy,4-5\n"
        "Liver,Mean,< 15 Gy,\n"
    )
    made, protocol = load(text, fractions=())
    cord, liver = protocol.constraints
    assert protocol.prescription.fractions == (1, 3, 4, 5)
    assert {n: limit.text for n, limit in cord.goal.columns.items()} == {
        1: "< 10 Gy", 3: "< 18 Gy", 4: "< 23 Gy", 5: "< 23 Gy",
    }  # fmt: skip
    assert liver.goal.always.text == "< 15 Gy"
    assert any("UNDECIDED" in note for note in made.notes)
    made, protocol = load(text, fractions=(5,))
    assert [row.goal.always.text for row in protocol.constraints] == ["< 23 Gy", "< 15 Gy"]
    assert any("2 rows for other numbers of fractions are left out" in note for note in made.notes)


def test_two_limits_for_one_number_of_fractions_stay_two_rows(load):
    _, protocol = load(
        "structure,metric,goal,fx\nCord,Max,< 20 Gy,3\nCord,Max,< 21 Gy,3\nCord,Max,< 25 Gy,5\n", fractions=()
    )
    assert sorted(len(row.goal.columns) for row in protocol.constraints) == [1, 2]


def test_the_target_is_found_or_asked_for(load):
    _, protocol = load("structure,metric,goal\nPTV_5000,V100%,>= 95 %\nGTV,Min,>= 50 Gy\n", target="")
    assert protocol.roles[protocol.prescription.target].names == ("PTV_5000",)
    with pytest.raises(UsageError, match=r"names no target, .* .add --target PTV."):
        load("structure,metric,goal\nLiver,Mean,< 15 Gy\n", target="")
    with pytest.raises(UsageError, match=r"names several targets .ptv1, ptv2."):
        load("structure,metric,goal\nPTV1,Min,>= 50 Gy\nPTV2,Min,>= 50 Gy\n", target="")
    with pytest.raises(UsageError, match=r"does not say for how many fractions it is .add --fractions 5."):
        load("structure,metric,goal\nLiver,Mean,< 15 Gy\n", fractions=())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no table"), (b"a,b\n", "has no column for structure and metric"),
        (b"structure,goal\nLiver,< 5 Gy\n", "has no column for metric"),
        (b"structure,metric,goal,limit\nLiver,Mean,< 5 Gy,< 6 Gy\n", "has a second column for the same: limit"),
        (b"structure,metric,goal\nLiver,V20,< 5 Gy\n", "no row of Our Table.csv can be read"),
        (b"\xff\xfes\0t\0", "is not UTF-8"), (b'structure,metric,goal\n"Liver,Mean,< 5 Gy\n', "is no CSV"),
        (b"#schema,sbrt-qa/table/2\nstructure,metric,goal\n", "this table is 'sbrt-qa/table/2'"),
        (b"#fractions,many\nstructure,metric,goal\nLiver,Mean,< 5 Gy\n", "'many' is no number of fractions"),
        (b"x" * (4 * 1024 * 1024 + 1), "is too large for a table"),
        (b"#dose,50 Gx\nstructure,metric,goal\nLiver,Mean,< 5 Gy\n", r"^Our Table.csv: .*'50 Gx'"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused(content, words, load):
    with pytest.raises(UsageError, match=words):
        load(content)


def test_a_file_that_cannot_be_opened(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "table.csv"
    with pytest.raises(UsageError, match=r"there is no file '.*table\.csv' \(check the path\)"):
        import_table(path)
    path.touch()
    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(UsageError, match=r"table.csv' cannot be read: Permission denied \(check its permissions\)"):
        import_table(path)


def test_a_table_of_more_rows_than_a_protocol_may_hold(load, monkeypatch):
    line = "Liver,Mean,< 5 Gy\n"
    monkeypatch.setattr(file_text, "MAX_BYTES", 1000)
    assert load(f"structure,metric,goal\n{line}")
    with pytest.raises(UsageError, match=r"Our Table\.csv: the file is too large"):
        load(f"structure,metric,goal\n{line * 9}")


def test_the_note_names_the_columns_that_were_not_used(load):
    made, _ = load("structure,metric,goal,priority,tier\nLiver,Mean,< 15 Gy,1,goal\n")
    assert "columns that were not used: priority, tier" in made.notes


CELLS = st.sampled_from(
    ["", "Liver", "PTV", "z_a", "D0.03cc", "V20Gy[cc]", "Mean", "<= 5 Gy", "> 5", "≥ 95 %", "3: < 5 Gy",
     "#id", "5", "true", '"']
) | st.text(max_size=8)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=6), max_size=4), st.sampled_from([*HEADERS, "#id,a", ""]))
def test_any_table_is_read_or_refused(tmp_path_factory, lines, header):
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_text("\n".join([header, *(",".join(line) for line in lines)]), encoding="utf-8", errors="replace")
    try:
        made = import_table(path, fractions=(5,), target="PTV")
    except UsageError:
        return
    assert not read_content(made.text.encode(), "x").faults
