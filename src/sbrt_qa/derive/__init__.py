"""Structures from structures: unions, differences, margins and rings, as contours again (shapely)."""
