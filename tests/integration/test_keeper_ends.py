"""What lives on when a grant ends: the wraps of grants that hold, and no others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from schemas.vocabularies.access import Purpose
from tests.keeper_machine import open_stage

if TYPE_CHECKING:
    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

A_YEAR = {"idle_minutes": 525_600, "session_hours": 8_760, "letter_days": 365}


def test_a_grant_whose_time_has_passed_gets_no_new_key_when_another_ends(
    clusters: Pair, template_pair: str, test_logins: Logins
) -> None:
    """Nobody has ended it yet: its wraps lie there, genuine and of the present epoch."""
    with open_stage(clusters, template_pair, test_logins, **A_YEAR) as stage:
        clerk, officer = stage.officer("Agentur"), stage.officer("Jobcenter Köln")
        (hers,) = stage.born(clerk)
        letter = stage.letter(clerk, hers.person_id)
        person = stage.person(letter)
        day, month = timedelta(days=1), timedelta(days=30)
        lasts = {Purpose.PLACEMENT: month, Purpose.INTAKE: day, Purpose.COUNSELLING: month}
        ending, _, living = (
            stage.give(
                stage.wish(hers.person_id, officer.office, [hers.id], purpose=purpose, lasts=span),
                letter.proof(number),
                person=person,
            )
            for number, (purpose, span) in enumerate(lasts.items(), 1)
        )
        stage.pass_time(days=2)
        rotated = stage.end(ending.id, person)
        assert {wrap.grant_id for wrap in rotated.wraps} == {living.id}
