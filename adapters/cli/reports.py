"""What an operator reads about an import: in the stable JSON form, or in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adapters.engine.messages import FileReport


def shown(report: FileReport) -> dict[str, Any]:
    """Return a file's report in the form that stays stable (design, section 11)."""
    return {
        "file": report.file,
        "records": report.records,
        "created": report.created,
        "linked": report.linked,
        "unchanged": report.unchanged,
        "updated": report.updated,
        "conflicting": report.conflicting,
        "refused": [{"line": one.line, "code": one.code, "reason": one.reason} for one in report.refused],
        "unmapped": [{"path": path, "kept": kept} for path, kept in report.unmapped],
        "warnings": [{"line": one.line, "words": one.words} for one in report.warnings],
    }


def told(report: FileReport) -> list[str]:
    """Return a file's report in words."""
    if not report.is_whole and not report.records:
        lines = [f"{report.file}: refused whole, nothing was taken in."]
    elif not report.is_whole:
        lines = [f"{report.file}: STOPPED in the middle of {report.records} records; repair it and import it again."]
    else:
        lines = [f"{report.file}: {report.records} records"]
    if report.records:
        lines.append(
            f"  {report.created} created, {report.updated} updated, {report.unchanged} unchanged, "
            f"{report.linked} linked, {report.conflicting} conflicting, {len(report.refused)} refused"
        )
    lines += [f"  line {one.line}: {one.reason} [{one.code}]" for one in report.refused]
    lines += [f"  line {one.line}: {one.words} It is taken all the same." for one in report.warnings]
    kept = sum(is_kept for _, is_kept in report.unmapped)
    if kept:
        lines.append(f"  {kept} fields have no place yet: kept for the source and the person alone (--json names them)")
    lines += [f"  {path}: not held here, dropped" for path, is_kept in report.unmapped if not is_kept]
    return lines
