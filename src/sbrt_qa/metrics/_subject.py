"""Subject: what a metric is asked of, and what it may look at besides its own structure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sbrt_qa.errors import MetricUndefined
from sbrt_qa.metrics._linear_quadratic import convert

if TYPE_CHECKING:
    from collections.abc import Callable

    from sbrt_qa.metrics._linear_quadratic import Basis, Curve


@dataclass(frozen=True, slots=True)
class Subject:
    """What a metric is asked of.

    Parameters
    ----------
    curve : DVH or ConvertedCurve
        The structure's curve.
    prescription_gy : float or None
        The dose that 100 % stands for; None when nobody states one.
    fractions : int or None
        Planned number of fractions; None when nobody states one.
    body : callable, optional
        ``() -> curve`` of everything inside the external contour; raises where there is none, or several.
    beyond : callable, optional
        ``mm -> curve`` of what lies inside the external contour and farther than that from the structure.
    """

    curve: Curve
    prescription_gy: float | None = None
    fractions: int | None = None
    body: Callable[[], Curve] | None = None
    beyond: Callable[[float], Curve] | None = None

    def prescribed_gy(self) -> float:
        """Return the prescription in Gy, or raise where there is none."""
        if self.prescription_gy is None:
            raise MetricUndefined(
                "the prescription is unknown, so per cent of it has no meaning",
                where=self.curve.name,
                mend="state the prescription in the plan's dose reference or as one dose in the protocol",
                code="prescription-missing",
            )
        return self.prescription_gy

    def planned_fractions(self) -> int:
        """Return the number of fractions, or raise where there is none."""
        if self.fractions is None or self.fractions < 1:
            raise MetricUndefined(
                "the number of fractions is unknown, so the dose per fraction is too",
                where=self.curve.name,
                mend="state the number of fractions in the plan",
                code="fractions-missing",
            )
        return self.fractions

    def body_curve(self) -> Curve:
        """Return the curve of everything inside the external contour, or raise where there is none."""
        if self.body is None:
            raise self._no_body()
        return self.body()

    def beyond_curve(self, distance_mm: float) -> Curve:
        """Return the curve of the body farther than a distance from the structure, or raise."""
        if self.beyond is None:
            raise self._no_body()
        return self.beyond(distance_mm)

    def isodose_cc(self, percent: float) -> float:
        """Return the volume inside the external contour that receives this share of the prescription, in cc."""
        level_gy = percent / 100 * self.prescribed_gy()
        volume_cc = self.body_curve().volume_at(gy=level_gy)
        if not volume_cc > 0:
            raise MetricUndefined(
                f"nothing receives {level_gy:g} Gy ({percent:g} % of the prescription), so there is no such isodose",
                where=self.curve.name,
                mend="look at the prescription and at the normalisation of the plan",
                code="isodose-empty",
            )
        return volume_cc

    def assuming(self, uncovered_gy: float) -> Subject:
        """Return the subject with the dose outside the grid assumed to be 0 or infinite everywhere."""
        return self._with_curves(lambda curve: curve.assuming(uncovered_gy))

    def converted(self, basis: Basis) -> Subject:
        """Return the subject with every dose, the prescription too, as EQD2 or BED; needs the fractions."""
        law = basis.law(self.planned_fractions())
        converted = self._with_curves(lambda curve: convert(curve, law))
        gy = self.prescription_gy
        return replace(converted, prescription_gy=None if gy is None else law.of(gy))

    def _with_curves(self, change: Callable[[Curve], Curve]) -> Subject:
        body, beyond = self.body, self.beyond
        return replace(
            self,
            curve=change(self.curve),
            body=None if body is None else lambda: change(body()),
            beyond=None if beyond is None else lambda mm: change(beyond(mm)),
        )

    def _no_body(self) -> MetricUndefined:
        return MetricUndefined(
            "nothing says which structure is the outline of the patient",
            where=self.curve.name,
            mend="give it the type EXTERNAL in the planning system",
            code="external-missing",
        )
