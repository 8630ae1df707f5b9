"""The judge: a protocol from YAML, names to roles, a case to an evaluation."""
