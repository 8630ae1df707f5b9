"""Whether the listener of this machine answers: ``python healthcheck.py PORT`` ends with 0 or 1."""

from __future__ import annotations

import sys

from pynetdicom import AE

entity = AE("HEALTHCHECK")
entity.add_requested_context("1.2.840.10008.1.1")
association = entity.associate("127.0.0.1", int(sys.argv[1]), ae_title="SBRT_QA")
answers = association.is_established and association.send_c_echo().get("Status") == 0
answers = answers or association.is_rejected  # our title is not on its list, but it is awake
if association.is_established:
    association.release()
sys.exit(0 if answers else 1)
