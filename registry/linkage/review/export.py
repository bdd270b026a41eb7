"""Decisions as a table for fitting the weights anew: what agreed and what people said of it, and nobody's id."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

from registry.linkage.review import settled
from registry.wire.linking import reasons_in
from schemas.vocabularies.access import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

COLUMNS = ("said", "grade", "reasons", "differences")


def write(session: Session, path: Path) -> int:
    """Write everything that people ever said into a new file of its owner; return how many decisions it holds.

    `said` is same, different or unsure; `reasons` are codes (code:attribute:level), `differences` attributes, each
    with spaces between.

    Raises:
        FileExistsError: there is such a file.
    """
    count = 0
    beside = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(beside, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for one in settled.everything(session):
            said = one.verdict or Verdict.UNSURE  # nobody has decided what was looked at and left
            table.writerow((said.value, one.grade, " ".join(reasons_in(one.texts)), " ".join(one.differences)))
            count += 1
    return count
