"""What pages call each kind of entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from registry.web.texts import mark

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Final[Mapping[str, str]] = {
    "identity.name": mark("Name"),
    "identity.birth-date": mark("Birth date"),
    "identity.sex": mark("Sex"),
    "identity.nationality": mark("Nationality"),
    "identity.birth-place": mark("Birth place"),
    "identifiers.azr": mark("AZR number"),
    "identifiers.bamf": mark("BAMF file number"),
    "identifiers.ba-customer": mark("Customer number of the Employment Agency"),
    "identifiers.ba-reference": mark("Reference at the Employment Agency"),
    "identifiers.jobcenter-case": mark("Case number of the Jobcenter"),
    "identifiers.insurance": mark("Pension insurance number"),
    "contact.address": mark("Address"),
    "contact.phone": mark("Telephone"),
    "contact.email": mark("E-mail"),
    "contact.language": mark("Language of contact"),
    "residence.title": mark("Residence title"),
    "residence.arrival": mark("Arrival in Germany"),
    "residence.employment-permission": mark("Work permission"),
    "residence.place-obligation": mark("Obligation to live in a place"),
    "languages.language": mark("A language"),
    "languages.literacy": mark("Reading and writing"),
    "education.school": mark("School"),
    "education.university": mark("University"),
    "education.vocational": mark("Vocational training"),
    "education.further": mark("Further training"),
    "work.experience": mark("Job"),
    "work.status": mark("Work at present"),
    "skills.skill": mark("Skill"),
    "skills.strength": mark("Personal strength"),
    "skills.licence": mark("Licence"),
    "skills.assessment": mark("Skills test"),
    "recognition.procedure": mark("Recognition procedure"),
    "recognition.comparability": mark("Statement of comparability"),
    "pathway.course": mark("Course"),
    "pathway.entitlement": mark("Right or duty to take a course"),
    "pathway.placement-test": mark("Placement test"),
    "pathway.measure": mark("Measure"),
    "pathway.placement": mark("Placement"),
    "pathway.outcome": mark("Outcome"),
    "pathway.legal-circle": mark("Legal circle"),
    "needs.training": mark("Training needed"),
    "needs.language": mark("Language level needed"),
    "needs.recognition": mark("Recognition needed"),
    "needs.support": mark("Support needed"),
    "needs.childcare": mark("Childcare needed"),
    "goals.occupation": mark("Wanted occupation"),
    "goals.training": mark("Wanted training"),
    "goals.working-time": mark("Working time"),
    "goals.mobility": mark("Mobility"),
    "unmapped.path": mark("Not understood by the registry"),
}
