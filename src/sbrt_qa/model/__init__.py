"""What is: frozen facts about one case. No I/O, no caches, numpy only."""

from sbrt_qa.model.case import Case, Source, SourceFile
from sbrt_qa.model.dose import Dose, DoseAsked
from sbrt_qa.model.grid import Grid
from sbrt_qa.model.identity import Identity
from sbrt_qa.model.image import Image, ImagePlane
from sbrt_qa.model.plan import Beam, DoseReference, FractionGroup, Plan
from sbrt_qa.model.stated_dvh import DoseWithoutPixels, StatedDVH
from sbrt_qa.model.structure import Contour, Structure, StructureSet

__all__ = [
    "Beam",
    "Case",
    "Contour",
    "Dose",
    "DoseAsked",
    "DoseReference",
    "DoseWithoutPixels",
    "FractionGroup",
    "Grid",
    "Identity",
    "Image",
    "ImagePlane",
    "Plan",
    "Source",
    "SourceFile",
    "StatedDVH",
    "Structure",
    "StructureSet",
]
