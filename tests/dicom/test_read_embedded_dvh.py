"""The DVHSequence of a dose: kept as written, and never a reason to refuse a case."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError
from sbrt_qa.model import DoseWithoutPixels
from sbrt_qa.protocol.evaluate import refuse

DATA = ["0.5", "12.5", "0.5", "10", "1", "2.5"]


def reference(number=7, contribution="INCLUDED"):
    made = Dataset()
    made.ReferencedROINumber = number
    made.DVHROIContributionType = contribution
    return made


def curve(**changes):
    item = Dataset()
    stated = {
        "DVHType": "CUMULATIVE",
        "DoseUnits": "GY",
        "DoseType": "PHYSICAL",
        "DVHDoseScaling": "2",
        "DVHVolumeUnits": "CM3",
        "DVHNumberOfBins": 3,
        "DVHData": DATA,
        "DVHReferencedROISequence": Sequence([reference()]),
        "DVHMinimumDose": "0.25",
        "DVHMaximumDose": "3.5",
        "DVHMeanDose": "1.75",
    }
    for keyword, value in (stated | changes).items():
        if value is not None:
            setattr(item, keyword, value)
    return item


@pytest.fixture
def stated(made):
    """Write a dose with these items and read what it states."""

    def call(*items, **object_level):
        def change(ds):
            ds.DVHSequence = Sequence(items)
            for keyword, value in object_level.items():
                setattr(ds, keyword, value)

        made.write()
        return read_case(made.edit("RD.dcm", change)).dose.stated_dvhs

    return call


def test_a_dose_without_curves_states_none(made):
    assert read_case(made.write()).dose.stated_dvhs == ()


def test_an_item_is_kept_as_written(stated):
    (found,) = stated(curve(), DVHNormalizationDoseValue="50")
    assert (found.included, found.excluded, found.fault) == ((7,), (), "")
    assert (found.kind, found.dose_units, found.dose_type, found.volume_units) == (
        "CUMULATIVE",
        "GY",
        "PHYSICAL",
        "CM3",
    )
    np.testing.assert_array_equal(found.widths, [1.0, 1.0, 2.0])  # the scaling is for the dose alone
    np.testing.assert_array_equal(found.volumes, [12.5, 10.0, 2.5])
    assert found.statistics == (0.25, 1.75, 3.5)
    assert found.normalization_gy == 50.0
    assert not found.widths.flags.writeable


def test_the_number_of_bins_is_not_believed(stated):
    wrong, absent = stated(curve(DVHNumberOfBins=2), curve(DVHNumberOfBins=None))
    assert (wrong.fault, wrong.widths.size, wrong.stated_bins) == ("", 3, 2)
    assert (absent.fault, absent.stated_bins) == ("", None)


def test_a_number_of_bins_that_is_no_number(stated, put):
    odd = curve()
    put(odd, "DVHNumberOfBins", b"3\\4")
    (found,) = stated(odd)
    assert (found.fault, found.stated_bins) == ("", None)


def test_a_curve_that_is_cut_off(stated):
    cut, whole = stated(curve(DVHNumberOfBins=4), curve(DVHNumberOfBins=4, DVHData=[*DATA[:-1], "0.01"]))
    assert cut.fault == "DVHData (3004,0058) ends after 3 of 4 bins with volume left"
    assert whole.fault == ""


def test_rounding_below_zero_is_no_fault(stated):
    (found,) = stated(curve(DVHData=["1", "12.5", "1", "12.5000001", "1", "-2.9e-13"]))
    assert found.fault == ""
    assert found.volumes[-1] == 0.0


def test_structures_are_added_and_taken_away(stated):
    parts = Sequence([reference(7), reference(3), reference(2, "EXCLUDED")])
    (found,) = stated(curve(DVHReferencedROISequence=parts))
    assert (found.included, found.excluded) == ((7, 3), (2,))


def test_statistics_may_be_absent_or_nonsense(stated, put):
    odd = curve(DVHMinimumDose=None, DVHMaximumDose="-1")
    put(odd, "DVHMeanDose", b"none")
    (found,) = stated(odd)
    assert (found.fault, found.statistics) == ("", (None, None, None))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"DVHType": "HISTOGRAM"}, "DVHType (3004,0001) is 'HISTOGRAM', one of CUMULATIVE, DIFFERENTIAL, NATURAL"),
        ({"DVHType": None}, "DVHType (3004,0001) is '', one of"),
        ({"DVHVolumeUnits": "PER_U"}, "DVHVolumeUnits (3004,0054) is 'PER_U', which a CUMULATIVE curve cannot have"),
        ({"DoseUnits": "RAD"}, "DoseUnits (3004,0002) is 'RAD', GY or RELATIVE is expected"),
        ({"DVHDoseScaling": None}, "DVHDoseScaling (3004,0052) is None, a positive number is expected"),
        ({"DVHDoseScaling": "0"}, "DVHDoseScaling (3004,0052) is 0.0, a positive number is expected"),
        ({"DVHData": None}, "DVHData (3004,0058) holds 0 values, pairs of width and volume are expected"),
        ({"DVHData": DATA[:-1]}, "DVHData (3004,0058) holds 5 values, pairs"),
        ({"DVHData": ["-1", "3"]}, "DVHData (3004,0058) holds bin widths that make no dose axis"),
        ({"DVHData": ["0", "3"]}, "DVHData (3004,0058) holds bin widths that make no dose axis"),
        ({"DVHData": ["9e5", "3"]}, "DVHData (3004,0058) holds bin widths that make no dose axis"),
        ({"DVHData": ["1", "0"]}, "DVHData (3004,0058) holds volumes that are negative, or none at all"),
        ({"DVHData": ["1", "3", "1", "-1"]}, "DVHData (3004,0058) holds volumes that are negative, or none at all"),
        ({"DVHData": ["1", "3", "1", "4"]}, "DVHData (3004,0058) holds a cumulative curve that rises"),
    ],
)
def test_what_cannot_be_read_is_kept_with_the_reason(stated, changes, fault):
    broken, sound = stated(curve(**changes), curve())
    assert broken.fault.startswith(fault)
    assert (broken.included, broken.widths.size) == ((7,), 0)
    assert sound.fault == ""


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"1\\nan", "characters that no decimal number has"),
        (b"1_0\\3", "characters that no decimal number has"),
        (b"1\\+-3", "a value that is no decimal number"),
        (b"1\\\\1\\3", "a value that is no decimal number"),
        (b"1\\1e999", "a value that is not finite"),
    ],
)
def test_numbers_are_checked_as_everywhere(stated, put, raw, fault):
    item = curve()
    put(item, "DVHData", raw, "UN")
    (found,) = stated(item)
    assert fault in found.fault


@pytest.mark.parametrize(("raw", "scaling"), [(b"1e308\\3\\1e308\\2", "1"), (b"1e300\\3", "1e300"), (b"1e300\\3", "1")])
def test_widths_beyond_every_number_make_no_axis(stated, put, raw, scaling):
    item = curve(DVHDoseScaling=scaling)
    put(item, "DVHData", raw, "UN")
    (found,) = stated(item)
    assert "bin widths that make no dose axis" in found.fault


def test_a_curve_longer_than_any(stated, monkeypatch):
    monkeypatch.setattr("sbrt_qa.dicom.read_embedded_dvh._LONGEST", 16)
    (found,) = stated(curve())
    assert found.fault == "DVHData (3004,0058) has 21 bytes"


@pytest.mark.parametrize("part", [reference(None), reference(7, "PARTLY")])
def test_a_reference_that_says_nothing(stated, part):
    (found,) = stated(curve(DVHReferencedROISequence=Sequence([part])))
    assert "DVHReferencedROISequence (3004,0060) names ROI" in found.fault


def test_a_sequence_that_is_none_stops_nothing(made, put):
    made.write()
    case = read_case(made.edit("RD.dcm", lambda ds: put(ds, "DVHSequence", b"no items", "UN")))
    (found,) = case.dose.stated_dvhs
    assert found.fault
    assert found.included == ()


def test_more_curves_than_any_patient_has(stated):
    (found,) = stated(*[Dataset() for _ in range(2001)])
    assert found.fault == "DVHSequence (3004,0050) has 2001 items"


def without_grid(ds):
    ds.DVHSequence = Sequence([curve(), curve(DVHReferencedROISequence=Sequence([reference(99)])), Dataset()])
    del ds.PixelData


def test_a_dose_without_grid_is_refused_and_keeps_what_it_states(made):
    made.write()
    made.edit("RD.dcm", without_grid)
    with pytest.raises(DoseWithoutPixels, match="holds no pixels") as caught:
        read_case(made.folder)
    assert caught.value.code == "dose-without-pixels"
    assert caught.value.names[7] == "PTVsb"
    evaluation = refuse(caught.value, None)
    assert evaluation.verdict == "UNDECIDED"
    named, numbered, broken = evaluation.stated_dvhs
    assert (named.roi, numbered.roi, named.agreement) == ("PTVsb", "ROI 99", "not compared")
    assert "reported by the planning system" in named.sentence
    assert named.stated.volume_cc == 12.5
    assert (named.own, named.difference) == (None, None)
    assert (broken.roi, broken.agreement, broken.stated) == ("a curve of no structure", "unreadable", None)


def test_a_dose_without_grid_beside_structures_that_cannot_be_read(made, put):
    made.write()
    made.edit("RD.dcm", without_grid)
    made.edit("RS.dcm", lambda ds: put(ds.StructureSetROISequence[0], "ROINumber", b"one"))
    with pytest.raises(CaseError, match="holds no pixels") as caught:
        read_case(made.folder)
    assert caught.value.names == {}
