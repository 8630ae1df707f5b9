"""Every element of every file of a case, with what is left when it is taken away."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pydicom
from hazard_case import Pile, bytes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset
    from pydicom.tag import BaseTag

FILES = ("plan", "dose", "structures")
# Elements whose own content is the doubt: without them nobody can know of it.
DOUBT_ITSELF = {"ApprovalStatus", "TissueHeterogeneityCorrection", "SpatialTransformOfDose", "RTPlanRelationship",
                "ROIVolume", "DVHSequence"}  # fmt: skip

Path = tuple[tuple["BaseTag", int], ...]  # sequences and item numbers on the way down


def places(pile: Pile) -> Iterator[tuple[str, Path, BaseTag]]:
    """Yield file, way down and tag of every element, those in items of sequences included."""
    for name in FILES:
        for way, tag in _places(getattr(pile, name), ()):
            yield name, way, tag


def _places(ds: Dataset, way: Path) -> Iterator[tuple[Path, BaseTag]]:
    for tag in ds.keys():  # noqa: SIM118 - a data set yields elements, its keys are tags
        yield way, tag
        element = ds[tag]
        if element.VR == "SQ":
            for index, item in enumerate(element.value):
                yield from _places(item, (*way, (tag, index)))


def without(pile: Pile, place: tuple[str, Path, BaseTag]) -> Pile:
    """Take one element out of a pile."""
    name, way, tag = place
    ds = getattr(pile, name)
    for sequence, index in way:
        ds = ds[sequence].value[index]
    del ds[tag]
    return pile


def named(place: tuple[str, Path, BaseTag]) -> str:
    """Name a place for people: ``plan BeamSequence[0].BeamNumber``."""
    name, way, tag = place
    steps = [f"{pydicom.datadict.keyword_for_tag(sequence)}[{index}]" for sequence, index in way]
    return f"{name} {'.'.join([*steps, pydicom.datadict.keyword_for_tag(tag) or str(tag)])}"


def fresh(files: dict[str, bytes], like: Pile) -> Pile:
    """Open the files of a pile again, as data sets of their own."""
    opened = {name: pydicom.dcmread(io.BytesIO(files[name])) for name in FILES}
    return Pile(**opened, protocol=like.protocol)


def closed(pile: Pile) -> dict[str, bytes]:
    """Return the bytes of a pile by the name of its files."""
    return {name: bytes_of(getattr(pile, name)) for name in FILES}
