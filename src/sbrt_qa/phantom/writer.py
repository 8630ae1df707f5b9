"""Writes a synthetic case as DICOM RT files, byte for byte the same every time.

A yardstick's own writer: it takes the model's types and shares no code with the reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.model import Identity
from sbrt_qa.phantom.writing.export import Arc, ControlPoint, Export

if TYPE_CHECKING:
    from pathlib import Path

    from sbrt_qa.model import Dose, Image, Plan, StructureSet

__all__ = ["Arc", "ControlPoint", "Export", "identity", "write_case"]

_DEFAULT = Export()


def identity(seed: str, role: str, *, label: str = "", patient: str = "SYNTHETIC^PHANTOM") -> Identity:
    """Complete identity of one object of a synthetic case.

    Objects of one seed share patient, study and frame of reference, and are linked by putting
    ``identity(seed, "RTPLAN").sop_uid`` into ``Dose.plan_uids`` and so on.

    Parameters
    ----------
    seed : str
        Names the case; also the patient ID. UIDs follow from it alone.
    role : {"CT", "RTDOSE", "RTSTRUCT", "RTPLAN"}
        Which object.
    label : str
        The object's label; the seed by default.
    patient : str
        Patient name.

    Returns
    -------
    Identity
        Dated 2024-01-15.
    """
    from sbrt_qa.phantom.writing.elements import SOP_CLASSES, uid

    return Identity(
        sop_uid=uid(seed, role),
        sop_class_uid=SOP_CLASSES[role],
        patient_id=seed,
        patient_name=patient,
        study_uid=uid(seed, "study"),
        series_uid=uid(seed, role, "series"),
        frame_uid=uid(seed, "frame of reference"),
        label=label or seed,
        date="20240115",
    )


def write_case(
    folder: Path,
    *,
    dose: Dose | None = None,
    structure_set: StructureSet | None = None,
    plan: Plan | None = None,
    image: Image | None = None,
    export: Export = _DEFAULT,
) -> None:
    """Write the objects given as ``RD.dcm``, ``RS.dcm``, ``RP.dcm`` and ``CT.001.dcm``, ...

    What an identity leaves empty is left out of the file, links included: a wrong or
    incomplete case is written as asked.

    Parameters
    ----------
    folder : Path
        Made when absent; files of these names are replaced.
    dose, structure_set, plan, image : optional
        What to write, in canonical axes.
    export : Export
        How to write it.
    """
    from sbrt_qa.phantom.writing.dose import dose_object
    from sbrt_qa.phantom.writing.elements import save
    from sbrt_qa.phantom.writing.image import image_objects
    from sbrt_qa.phantom.writing.plan import plan_object
    from sbrt_qa.phantom.writing.structures import keep_raw, needs_implicit_vr, structure_set_object

    folder.mkdir(parents=True, exist_ok=True)
    if plan is not None:
        save(plan_object(plan, export), folder / "RP.dcm", implicit_vr=export.implicit_vr)
    if dose is not None:
        save(dose_object(dose, export), folder / "RD.dcm", implicit_vr=export.implicit_vr)
    if structure_set is not None:
        made = structure_set_object(structure_set, image)
        implicit_vr = export.implicit_vr or needs_implicit_vr(made)
        keep_raw(made, implicit_vr=implicit_vr)
        save(made, folder / "RS.dcm", implicit_vr=implicit_vr)
    if image is not None:
        for index, made in enumerate(image_objects(image, export), start=1):
            save(made, folder / f"CT.{index:03d}.dcm", implicit_vr=export.implicit_vr)
