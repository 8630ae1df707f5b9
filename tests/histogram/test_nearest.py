"""The nearest marked cell, against comparing with every one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sbrt_qa.histogram import nearest
from sbrt_qa.histogram.nearest import nearest_marked


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 9), st.integers(1, 12), st.floats(0.01, 0.9))
def test_it_is_as_near_as_any(seed, layers, rows, columns, share):
    rng = np.random.default_rng(seed)
    marked = rng.random((layers, rows, columns)) < share
    marked[np.arange(layers), rng.integers(rows, size=layers), rng.integers(columns, size=layers)] = True
    row, column = nearest_marked(marked)
    for layer in range(layers):
        places = np.argwhere(marked[layer])
        for j in range(rows):
            for i in range(columns):
                found = (row[layer, j, i] - j) ** 2 + (column[layer, j, i] - i) ** 2
                assert marked[layer, row[layer, j, i], column[layer, j, i]]
                assert found == ((places - (j, i)) ** 2).sum(axis=1).min()


def test_a_wide_raster_gives_the_same_distances(monkeypatch):
    rng = np.random.default_rng(3)
    marked = rng.random((4, 30, 40)) < 0.02
    marked[:, 0, 0] = True
    j, i = np.arange(30)[:, None], np.arange(40)
    narrow = nearest_marked(marked)
    monkeypatch.setattr(nearest, "WIDE", 1)
    wide = nearest_marked(marked)
    for layer in range(4):
        assert marked[layer, wide[0][layer], wide[1][layer]].all()
    squared = [(row - j) ** 2 + (column - i) ** 2 for row, column in (narrow, wide)]
    assert np.array_equal(*squared)
