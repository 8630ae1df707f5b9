"""The attributes this room reads, by the keyword of the DICOM dictionary (PS3.6)."""

from __future__ import annotations

from enum import IntEnum


class Tag(IntEnum):
    """Group and element as one number; its text is what an error message shows."""

    MediaStorageSOPClassUID = 0x00020002
    TransferSyntaxUID = 0x00020010
    SpecificCharacterSet = 0x00080005
    InstanceCreationDate = 0x00080012
    SOPClassUID = 0x00080016
    SOPInstanceUID = 0x00080018
    Modality = 0x00080060
    SeriesDescription = 0x0008103E
    ReferencedSOPClassUID = 0x00081150
    ReferencedSOPInstanceUID = 0x00081155
    PatientName = 0x00100010
    PatientID = 0x00100020
    PatientPosition = 0x00185100
    StudyInstanceUID = 0x0020000D
    SeriesInstanceUID = 0x0020000E
    ImagePositionPatient = 0x00200032
    ImageOrientationPatient = 0x00200037
    FrameOfReferenceUID = 0x00200052
    SamplesPerPixel = 0x00280002
    PhotometricInterpretation = 0x00280004
    NumberOfFrames = 0x00280008
    Rows = 0x00280010
    Columns = 0x00280011
    PixelSpacing = 0x00280030
    BitsAllocated = 0x00280100
    BitsStored = 0x00280101
    HighBit = 0x00280102
    PixelRepresentation = 0x00280103
    RescaleIntercept = 0x00281052
    RescaleSlope = 0x00281053
    DVHType = 0x30040001
    DoseUnits = 0x30040002
    DoseType = 0x30040004
    SpatialTransformOfDose = 0x30040005
    DoseSummationType = 0x3004000A
    GridFrameOffsetVector = 0x3004000C
    DoseGridScaling = 0x3004000E
    TissueHeterogeneityCorrection = 0x30040014
    DVHNormalizationDoseValue = 0x30040042
    DVHSequence = 0x30040050
    DVHDoseScaling = 0x30040052
    DVHVolumeUnits = 0x30040054
    DVHNumberOfBins = 0x30040056
    DVHData = 0x30040058
    DVHReferencedROISequence = 0x30040060
    DVHROIContributionType = 0x30040062
    DVHMinimumDose = 0x30040070
    DVHMaximumDose = 0x30040072
    DVHMeanDose = 0x30040074
    StructureSetLabel = 0x30060002
    StructureSetDate = 0x30060008
    ReferencedFrameOfReferenceSequence = 0x30060010
    RTReferencedStudySequence = 0x30060012
    RTReferencedSeriesSequence = 0x30060014
    ContourImageSequence = 0x30060016
    StructureSetROISequence = 0x30060020
    ROINumber = 0x30060022
    ReferencedFrameOfReferenceUID = 0x30060024
    ROIName = 0x30060026
    ROIDisplayColor = 0x3006002A
    ROIVolume = 0x3006002C
    ROIContourSequence = 0x30060039
    ContourSequence = 0x30060040
    ContourGeometricType = 0x30060042
    ContourOffsetVector = 0x30060045
    NumberOfContourPoints = 0x30060046
    ContourData = 0x30060050
    RTROIObservationsSequence = 0x30060080
    ReferencedROINumber = 0x30060084
    RTROIInterpretedType = 0x300600A4
    RTPlanLabel = 0x300A0002
    RTPlanDate = 0x300A0006
    PlanIntent = 0x300A000A
    RTPlanGeometry = 0x300A000C
    DoseReferenceSequence = 0x300A0010
    DoseReferenceStructureType = 0x300A0014
    DoseReferenceDescription = 0x300A0016
    DoseReferenceType = 0x300A0020
    TargetPrescriptionDose = 0x300A0026
    RTPlanRelationship = 0x300A0055
    FractionGroupSequence = 0x300A0070
    FractionGroupNumber = 0x300A0071
    NumberOfFractionsPlanned = 0x300A0078
    BeamDose = 0x300A0084
    BeamMeterset = 0x300A0086
    BeamSequence = 0x300A00B0
    BeamNumber = 0x300A00C0
    BeamName = 0x300A00C2
    TreatmentDeliveryType = 0x300A00CE
    PatientSetupSequence = 0x300A0180
    ApplicationSetupSequence = 0x300A0230
    IonBeamSequence = 0x300A03A2
    ReferencedRTPlanSequence = 0x300C0002
    ReferencedBeamSequence = 0x300C0004
    ReferencedBeamNumber = 0x300C0006
    ReferencedFractionGroupSequence = 0x300C0020
    ReferencedStructureSetSequence = 0x300C0060
    ApprovalStatus = 0x300E0002
    PixelData = 0x7FE00010

    def __str__(self) -> str:
        return f"{self.name} ({self >> 16:04X},{self & 0xFFFF:04X})"
