from __future__ import annotations

from dataclasses import replace

from sbrt_qa.model import Source


def test_all_is_well(subject, run):
    said = "The files are encoded as DICOM asks, and the dose lies along the patient axes."
    assert run("reading", subject).good == said
    assert run("reading", subject).doubts == ()


def test_what_the_reader_found_doubtful_is_a_warning(subject, only):
    source = Source(warnings=(("file-meta-missing", "The RTDOSE has no file meta information."),))
    doubtful = replace(subject, case=replace(subject.case, source=source))
    assert only("reading", doubtful, "warn", "file-meta-missing").sentence == "The RTDOSE has no file meta information."


def test_interpolated_dose_is_a_warning(subject, alter, only):
    doubt = only("reading", alter(subject, dose={"resampling": "The dose grid is tilted."}), "warn", "dose-oblique")
    assert doubt.sentence == "The dose grid is tilted."
