"""Decisions as a table for fitting the weights anew: what agreed and what people said of it, and nobody's id."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from registry.linkage.review import settled
from registry.wire.linking import reasons_in
from schemas.vocabularies.access import Verdict

if TYPE_CHECKING:
    from typing import TextIO

    from sqlalchemy.orm import Session

COLUMNS = ("said", "grade", "reasons", "differences")


def write(session: Session, file: TextIO) -> int:
    """Write everything that people ever said; return how many decisions that are.

    `said` is same, different or unsure; `reasons` are codes (code:attribute:level), `differences` attributes, each
    with spaces between.
    """
    count = 0
    table = csv.writer(file)
    table.writerow(COLUMNS)
    for one in settled.everything(session):
        said = one.verdict or Verdict.UNSURE  # nobody has decided what was looked at and left
        table.writerow((said.value, one.grade, " ".join(reasons_in(one.texts)), " ".join(one.differences)))
        count += 1
    return count
