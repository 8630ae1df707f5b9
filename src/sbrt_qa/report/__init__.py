"""The door out: one file, one format. A report renders an evaluation; it never computes a verdict."""

from sbrt_qa.report._catalogue import (
    Format,
    ensure_writable,
    formats,
    write_curves,
    write_report,
    write_reports,
)

__all__ = ["Format", "ensure_writable", "formats", "write_curves", "write_report", "write_reports"]
