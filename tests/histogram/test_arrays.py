"""Array moves against the plain ones of numpy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sbrt_qa.histogram.arrays import runs_of, spread


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 6)), max_size=12))
def test_runs_are_laid_out_one_after_the_other(runs):
    first, count = (np.array(part, dtype=np.intp) for part in (zip(*runs, strict=True) if runs else ((), ())))
    expected = [(run, start + k) for run, (start, many) in enumerate(runs) for k in range(many)]
    which, member = spread(first, count)
    assert list(zip(which.tolist(), member.tolist(), strict=True)) == expected
    assert runs_of(first, count).tolist() == [member for _, member in expected]
