"""Beside other programs: the parts of ``peers.py``, one idea a file.

``ask_*`` and ``make_*`` are run as processes of their own, each by the interpreter of the program that it asks; they
print JSON. Everything else is run by ``peers.py`` and imports nothing but the standard library: what the parent
holds in memory would count as its children's peak.
"""
