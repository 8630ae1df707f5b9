"""Every reason code with one sentence. Codes are part of the record: they are added, never renamed.

A check keeps the meanings of its own codes beside it; here stand those of the reader, of the judge and of protocol
files, and here they all come together.
"""

from __future__ import annotations

from dataclasses import dataclass

from sbrt_qa.checks import checks

READING = {
    "archive-unreadable": "The archive, or a member of it, cannot be unpacked; refused.",
    "archive-unsafe": "The archive holds a member that points outside of it, is a link or is encrypted; refused.",
    "beam-dose-missing": "Doses of single beams are there, but not of every beam that is treated; refused.",
    "beam-dose-repeated": "The dose of a beam is there more than once; refused.",
    "case-empty": "There is no readable RT object; refused.",
    "case-unreadable": "The case cannot be read, for the reason the sentence gives; refused.",
    "contour-orphan": "Contours belong to no defined ROI, or to two; refused.",
    "dose-ambiguous": "More than one dose may be that of the plan; refused, with the candidates named.",
    "dose-frame-count": "Frames, offsets and stored bytes of the dose do not agree; refused.",
    "dose-missing": "There is no dose, or none that belongs to the plan; refused.",
    "dose-not-finite": "The dose holds values that are not finite; refused.",
    "dose-offsets-invalid": "The offsets of the dose planes are repeated, turn around, or begin at neither 0 nor the"
    " first plane; refused.",
    "dose-orientation-invalid": "The directions of the dose grid are not two perpendicular unit vectors; refused.",
    "dose-pixel-format": "The stored dose is not plain 16 or 32 bit numbers as its header says; refused.",
    "dose-pixels-signed": "The stored dose is signed, so high doses may read as negative; refused.",
    "dose-scaling-invalid": "The dose scaling is not one positive decimal number; refused.",
    "dose-spacing-invalid": "The spacing of the dose grid is not two positive numbers; refused.",
    "dose-too-large": "The dose claims more than a thousand million voxels; refused.",
    "dose-units-relative": "The dose is in per cent, and is never rescaled by a prescription; refused.",
    "dose-units-unknown": "The dose unit is neither GY nor RELATIVE; refused.",
    "dose-without-pixels": "The dose object holds no dose grid; refused, its own curves are shown as reported.",
    "file-too-deep": "Sequences nest deeper than 32 levels; refused.",
    "file-too-large": "Unpacked, a file or archive is larger than 512 MiB, or than 200 times its size; refused.",
    "file-trailing-bytes": "Bytes follow the end of the data set; refused.",
    "file-truncated": "The file is cut or damaged: a declared length or a delimiter does not fit; refused.",
    "plan-ambiguous": "There are several plans; refused until one is named with --plan.",
    "plan-value-invalid": "A number of the plan is no DICOM number; refused.",
    "preamble-not-empty": "The preamble of a file holds a program; refused.",
    "record-unreadable": "A JSON record is no record of this version, is damaged or contradicts itself; refused.",
    "structure-set-ambiguous": "More than one structure set may be that of the plan; refused, with them named.",
    "structures-missing": "There is no structure set; refused.",
    "transfer-syntax": "A file is compressed, big endian, or does not say how it is encoded; refused.",
    "uid-invalid": "An identifier is missing or is no DICOM UID; refused.",
}
NOTES = {
    "beam-doses-unused": "Doses of single beams beside the dose of the plan are not used; a note.",
    "extra-objects": "Further DICOM objects in the export are not part of the case; a note.",
    "modality-text-differs": "The Modality of an object is not that of its SOP class, which decides; a note.",
    "no-images": "There are no images of this patient in the dose's frame of reference, and none are needed; a note.",
    "object-superseded": "Another object carries the same label as one of the case; a note.",
    "orientation-not-hfs": "The dose is stored otherwise than head first supine and was turned; a note.",
}
JUDGING = {
    "condition-not-met": "The row is asked only under a condition, which is not met; harmless.",
    "condition-undecided": "Nobody can tell whether the condition of a row is met; undecided.",
    "check-not-run": "A check could not be made; it is undecided.",
    "derivation-failed": "A derived structure cannot be made; its findings are undecided.",
    "derived-part-missing": "A part of a derived structure is missing; its findings are undecided.",
    "external-ambiguous": "More than one structure is of type EXTERNAL, so the outline of the patient is not clear;"
    " metrics of the whole dose are undecided.",
    "evaluation-stopped": "The evaluation took too long, needed too much memory or crashed; undecided.",
    "external-missing": "No structure is of type EXTERNAL; metrics of the whole dose are undecided.",
    "isodose-empty": "Nothing receives the dose of the isodose asked for; undecided.",
    "isodose-shared": "Several targets lie within the same isodoses, which belong to none of them alone; undecided.",
    "internal-error": "The program itself went wrong here; undecided, please report it.",
    "limit-beyond-table": "The volume lies beyond the table of limits, whose end was used; judged, with a caution.",
    "limit-for-fractions-missing": "The protocol has no limit for this number of fractions; undecided.",
    "limit-for-prescription-missing": "The protocol has no limit for this prescription; undecided.",
    "lq-above-10gy": "The dose per fraction is beyond what the linear-quadratic model is good for; judged, with a"
    " caution.",
    "metric-undefined": "The metric has no meaning here; undecided.",
    "no-protocol": "No protocol was given, so nothing was judged; undecided.",
    "not-finite": "The result is not a number; undecided.",
    "nothing-judged": "No limit of the protocol was judged; undecided.",
    "protocol-not-allowed": "The protocol is not on the allow-list of released ones; undecided.",
    "target-outside-external": "More of the target than of the body receives the prescription; undecided.",
    "volume-less-than-asked": "The rule asks for more volume than the structure has; undecided.",
}
PROTOCOL_FILES = {
    "acceptable-direction": "The acceptable limit points the other way than the goal.",
    "acceptable-stricter": "The acceptable limit is stricter than the goal.",
    "acceptable-without-goal": "There is an acceptable limit, but no goal.",
    "allow-empty": "The allow-list holds no entry.",
    "allow-entry": "A line of the allow-list is not SHA-256, id and version.",
    "check-limit": "A check is given a limit that it cannot have.",
    "check-unknown": "There is no such check.",
    "columns-mixed": "Limits in columns are not all of one kind, or are compared in different ways.",
    "condition-many": "A condition looks at a role that several structures may fill.",
    "derive-cycle": "Derived structures are made from each other.",
    "derive-invalid": "The expression of a derived structure cannot be read.",
    "dose-range": "The range of prescriptions is empty.",
    "evidence-unverified": "A number is graded but not yet verified, and does not say so.",
    "external-type": "There are two outlines of the patient, or one that is derived or may be several.",
    "fractions-invalid": "A number of fractions is not a positive whole number, or is named twice.",
    "goal-missing": "A row has neither a goal nor report: true.",
    "hint-conversion": "A warning: a physical limit says the same as the converted one.",
    "hint-direction": "A warning: the limit points against the usual sense of its metric.",
    "hint-gap": "A warning: a limit is missing or holds nothing back, or two structures have the same names.",
    "hint-model": "A warning: what a model estimates is judged instead of reported.",
    "hint-library": "A warning: the limit is far from that of a shipped protocol, or in another unit.",
    "hint-unit": "A warning: a number probably has the wrong unit.",
    "import-row": "A row of an imported table cannot be read.",
    "limit-always-met": "Every plan meets this limit.",
    "limit-comparison": "A limit does not begin with <=, <, >= or >.",
    "limit-impossible": "No plan can meet this limit.",
    "limit-negative": "A limit is negative.",
    "limit-not-finite": "A limit is not a finite number.",
    "limit-number": "A limit holds no number that can be read.",
    "limit-unit": "The unit of a limit is missing or not that of the metric.",
    "metric-two-readings": "The metric can be read in two ways, which the fault explains.",
    "metric-unknown": "The text is no metric of the grammar.",
    "name-contradicts": "A name in a names file already means another structure.",
    "name-never-matches": "A name can never match, because such names are put aside.",
    "name-twice": "A name is given to two structures.",
    "no-constraints": "The protocol has no constraints, and an empty list is no pass.",
    "protocol-unknown": "There is no shipped protocol or file of that name.",
    "report-with-limit": "A row is only reported, and has a limit.",
    "role-names": "A role has neither names nor an expression, or both.",
    "role-reserved": "The name of a role is a word of the expressions.",
    "source-missing": "A limit has no source.",
    "source-unknown": "A row names a source that is not listed.",
    "structure-unknown": "A row names a role that is not listed.",
    "target-type": "What is prescribed to is not of type target.",
    "yaml-duplicate-key": "A key, or the id of a constraint, stands twice.",
    "yaml-empty": "The file, or a part of it, is empty.",
    "yaml-forbidden": "Tags, anchors, aliases, or more than 256 KB.",
    "yaml-missing-key": "A key that must be there is missing.",
    "yaml-plain-value": "A value must be quoted to mean what it says.",
    "yaml-syntax": "The file is no YAML.",
    "yaml-type": "A value is of the wrong kind.",
    "yaml-unknown-key": "A key is unknown or misspelt.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason code.

    Parameters
    ----------
    code : str
        As in the record.
    sentence : str
        What it means, and how far it reaches.
    where : str
        Who says it: the id of a check, or what was being done.
    """

    code: str
    sentence: str
    where: str


def reasons() -> tuple[Reason, ...]:
    """Return every reason code, in alphabetical order, each once."""
    own = {"reading the export": READING | NOTES, "judging": JUDGING, "reading a protocol file": PROTOCOL_FILES}
    found = [Reason(code, text, where) for where, codes in own.items() for code, text in codes.items()]
    found += [Reason(code, check.meanings[code], check.id) for check in checks().values() for code in check.codes]
    return tuple(sorted(found, key=lambda reason: reason.code))
