"""Pipeline: many cases, one record each, and an index of them all."""
