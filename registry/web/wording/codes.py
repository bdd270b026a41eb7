"""What pages call the codes of the closed lists that entries carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from registry.web.texts import mark
from schemas.vocabularies import evidence, languages, names, pathways, qualifications, working

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

YES: Final = mark("Yes")
NO: Final = mark("No")

EVIDENCE: Final[Mapping[str, str]] = {
    evidence.EvidenceType.SELF_REPORT: mark("self-reported"),
    evidence.EvidenceType.DOCUMENT_SEEN: mark("document seen"),
    evidence.EvidenceType.CERTIFICATE: mark("certificate"),
    evidence.EvidenceType.REGISTER: mark("from a register"),
    evidence.EvidenceType.TEST: mark("tested"),
    evidence.EvidenceType.ASSESSMENT: mark("assessed by an office"),
}
END_REASONS: Final[Mapping[str, str]] = {
    evidence.EndReason.CHANGED: mark("has changed since"),
    evidence.EndReason.WITHDRAWN: mark("taken back"),
    evidence.EndReason.WRONG: mark("was wrong"),
}
NAME_FORMS: Final[Mapping[str, str]] = {
    names.NameForm.CURRENT: mark("Current name"),
    names.NameForm.BIRTH: mark("Name at birth"),
    names.NameForm.FORMER: mark("Former name"),
    names.NameForm.VARIANT: mark("Another spelling"),
    names.NameForm.ALIAS: mark("Alias"),
    names.NameForm.NATIVE: mark("Name in its own script"),
}
SEXES: Final[Mapping[str, str]] = {
    names.Sex.MALE: mark("male"),
    names.Sex.FEMALE: mark("female"),
    names.Sex.DIVERSE: mark("diverse"),
    names.Sex.NOT_STATED: mark("not stated"),
}
NATIONALITIES: Final[Mapping[str, str]] = {
    names.NationalityStatus.KNOWN: mark("nationality known"),
    names.NationalityStatus.UNCLEAR: mark("nationality unclear"),
    names.NationalityStatus.STATELESS: mark("stateless"),
}
CEFR: Final[Mapping[str, str]] = {level: level.value for level in languages.Cefr}
LANGUAGE_SKILLS: Final[Mapping[str, str]] = {
    languages.LanguageSkill.OVERALL: mark("Overall"),
    languages.LanguageSkill.LISTENING: mark("Listening"),
    languages.LanguageSkill.READING: mark("Reading"),
    languages.LanguageSkill.WRITING: mark("Writing"),
    languages.LanguageSkill.SPEAKING: mark("Speaking"),
    languages.LanguageSkill.INTERACTION: mark("Conversation"),
}
#: In whose words a level is told; the page adds it to the level.
SCALES: Final[Mapping[str, str]] = {
    languages.Scale.CEFR: mark("CEFR"),
    languages.Scale.NATIVE: mark("mother tongue"),
    languages.Scale.BA_VERBAL: mark("words of the Employment Agency"),
    languages.Scale.AZR_GRADE: mark("grade of the register (AZR)"),
    languages.Scale.JOBCENTER_TEXT: mark("words of the Jobcenter"),
    languages.Scale.DTZ: mark("test DTZ"),
    languages.Scale.DTZ_PART: mark("part of the test DTZ"),
    languages.Scale.POINTS: mark("points"),
}
#: What the codes of a scale mean, where they mean anything that can be said.
SCALE_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    languages.Scale.NATIVE: {"native": mark("mother tongue")},
    languages.Scale.BA_VERBAL: {
        "basic": mark("basic knowledge"),
        "extended": mark("extended knowledge"),
        "fluent": mark("business fluent"),
        "native": mark("mother tongue"),
    },
    languages.Scale.DTZ: {"below-A2": mark("below A2"), "A2": "A2", "B1": "B1"},
    # urn:de:xauslaender:codelist:int:abschlusstestergebnisinterpretation: which level this part of the test reached
    languages.Scale.DTZ_PART: {"190": mark("below A2")}
    | {code: level for level, codes in (("A2", "191 192 193"), ("B1", "194 195 196")) for code in codes.split()},
}
SKILL_SCALES: Final[Mapping[str, str]] = {
    working.SkillScale.BA_VERBAL: mark("words of the Employment Agency"),
    working.SkillScale.MYSKILLS: mark("MYSKILLS, 0 to 4"),
    working.SkillScale.TEXT: mark("in the office's words"),
    working.SkillScale.YES_NO: mark("yes or no"),
}
SKILL_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    working.SkillScale.BA_VERBAL: {
        "basic": mark("basic knowledge"),
        "extended": mark("extended knowledge"),
        "expert": mark("expert knowledge"),
    },
    working.SkillScale.YES_NO: {"yes": YES, "no": NO},
}
LITERACY: Final[Mapping[str, str]] = {
    pathways.LiteracyLevel.NONE: mark("does not read or write it"),
    pathways.LiteracyLevel.LETTERS: mark("knows the letters"),
    pathways.LiteracyLevel.SIMPLE: mark("simple texts"),
    pathways.LiteracyLevel.FLUENT: mark("reads and writes fluently"),
}
ISCED: Final[Mapping[str, str]] = {
    qualifications.IscedLevel.EARLY_CHILDHOOD: mark("0: early childhood"),
    qualifications.IscedLevel.PRIMARY: mark("1: primary school"),
    qualifications.IscedLevel.LOWER_SECONDARY: mark("2: lower secondary"),
    qualifications.IscedLevel.UPPER_SECONDARY: mark("3: upper secondary"),
    qualifications.IscedLevel.POST_SECONDARY: mark("4: post-secondary, not university"),
    qualifications.IscedLevel.SHORT_CYCLE_TERTIARY: mark("5: short tertiary course"),
    qualifications.IscedLevel.BACHELOR: mark("6: bachelor or equal"),
    qualifications.IscedLevel.MASTER: mark("7: master or equal"),
    qualifications.IscedLevel.DOCTORAL: mark("8: doctorate or equal"),
    qualifications.IscedLevel.NOT_ELSEWHERE: mark("9: in no other class"),
}
COMPLETIONS: Final[Mapping[str, str]] = {
    qualifications.Completion.COMPLETED: mark("completed"),
    qualifications.Completion.LEFT_WITHOUT: mark("left without completing"),
    qualifications.Completion.ONGOING: mark("still going on"),
}
LEAVINGS: Final[Mapping[str, str]] = {
    qualifications.GermanLeaving.NONE: mark("no school leaving certificate"),
    qualifications.GermanLeaving.SPECIAL_SCHOOL: mark("special school"),
    qualifications.GermanLeaving.LOWER: mark("lower secondary (Hauptschulabschluss)"),
    qualifications.GermanLeaving.LOWER_EXTENDED: mark(
        "lower secondary, extended (qualifizierender Hauptschulabschluss)"
    ),
    qualifications.GermanLeaving.MIDDLE: mark("intermediate secondary (Mittlere Reife)"),
    qualifications.GermanLeaving.UPPER_WITHOUT: mark("class 11 to 13 without certificate"),
    qualifications.GermanLeaving.APPLIED: mark("entrance to universities of applied sciences (Fachhochschulreife)"),
    qualifications.GermanLeaving.SUBJECT_BOUND: mark("entrance to certain subjects (fachgebundene Hochschulreife)"),
    qualifications.GermanLeaving.GENERAL: mark("entrance to all universities (Abitur)"),
}
DEGREES: Final[Mapping[str, str]] = {
    qualifications.Degree.NONE: mark("no degree"),
    qualifications.Degree.BACHELOR: mark("Bachelor"),
    qualifications.Degree.MASTER: mark("Master"),
    qualifications.Degree.DOCTORATE: mark("Doctorate"),
    qualifications.Degree.STATE_EXAM: mark("State examination"),
    qualifications.Degree.OTHER: mark("another degree"),
}
ANABIN: Final[Mapping[str, str]] = {
    qualifications.AnabinRating.RECOGNISED: mark("H+: recognised university"),
    qualifications.AnabinRating.CASE_BY_CASE: mark("H+/-: decided case by case"),
    qualifications.AnabinRating.NOT_RECOGNISED: mark("H-: not recognised"),
}
RECOGNITION: Final[Mapping[str, str]] = {
    qualifications.RecognitionState.UNCLEAR: mark("unclear whether recognised"),
    qualifications.RecognitionState.NONE: mark("not applied for"),
    qualifications.RecognitionState.NOT_RECOGNISED: mark("not recognised so far"),
    qualifications.RecognitionState.ADVISED: mark("advice was given"),
    qualifications.RecognitionState.APPLIED: mark("applied for"),
    qualifications.RecognitionState.RECEIPT_CONFIRMED: mark("receipt confirmed"),
    qualifications.RecognitionState.DOCUMENTS_MISSING: mark("documents missing"),
    qualifications.RecognitionState.IN_ASSESSMENT: mark("being assessed"),
    qualifications.RecognitionState.QUALIFICATION_ANALYSIS: mark("qualification analysis"),
    qualifications.RecognitionState.FULL: mark("fully recognised"),
    qualifications.RecognitionState.PARTIAL: mark("partly recognised"),
    qualifications.RecognitionState.COMPENSATION_IMPOSED: mark("compensation measure imposed"),
    qualifications.RecognitionState.REJECTED_REGULATED: mark("rejected (regulated occupation)"),
    qualifications.RecognitionState.REJECTED_UNREGULATED: mark("rejected (unregulated occupation)"),
    qualifications.RecognitionState.STATEMENT_OF_COMPARABILITY: mark("statement of comparability issued"),
}
COURSES: Final[Mapping[str, str]] = {
    pathways.CourseKind.INTEGRATION: mark("Integration course"),
    pathways.CourseKind.LITERACY: mark("Literacy course"),
    pathways.CourseKind.JOB_GERMAN: mark("German for work"),
    pathways.CourseKind.FIRST_ORIENTATION: mark("First orientation course"),
    pathways.CourseKind.LANGUAGE: mark("Another language course"),
    pathways.CourseKind.VOCATIONAL: mark("Vocational course"),
    pathways.CourseKind.OTHER: mark("Another course"),
}
PARTICIPATION: Final[Mapping[str, str]] = {
    pathways.ParticipationStatus.ENTITLED: mark("entitled"),
    pathways.ParticipationStatus.OBLIGED: mark("obliged"),
    pathways.ParticipationStatus.REGISTERED: mark("registered"),
    pathways.ParticipationStatus.ONGOING: mark("taking part"),
    pathways.ParticipationStatus.COMPLETED: mark("completed"),
    pathways.ParticipationStatus.BROKEN_OFF: mark("broken off"),
    pathways.ParticipationStatus.NOT_STARTED: mark("not started"),
}
LEGAL_CIRCLES: Final[Mapping[str, str]] = {
    pathways.LegalCircle.SGB_II: mark("Social Code II (basic income support)"),
    pathways.LegalCircle.SGB_III: mark("Social Code III (employment promotion)"),
    pathways.LegalCircle.ASYLBLG: mark("Asylum Seekers' Benefits Act"),
    pathways.LegalCircle.OTHER: mark("another law"),
}
NEED_STATUSES: Final[Mapping[str, str]] = {
    pathways.NeedStatus.OPEN: mark("still to be met"),
    pathways.NeedStatus.PLANNED: mark("planned"),
    pathways.NeedStatus.MET: mark("met"),
    pathways.NeedStatus.DROPPED: mark("no longer needed"),
}
EMPLOYMENT: Final[Mapping[str, str]] = {
    working.EmploymentStatus.EMPLOYED: mark("employed"),
    working.EmploymentStatus.SELF_EMPLOYED: mark("self-employed"),
    working.EmploymentStatus.UNEMPLOYED: mark("unemployed"),
    working.EmploymentStatus.JOB_SEEKING: mark("looking for work"),
    working.EmploymentStatus.TRAINING_SEEKING: mark("looking for training"),
    working.EmploymentStatus.IN_TRAINING: mark("in training"),
    working.EmploymentStatus.IN_EDUCATION: mark("at school or university"),
    working.EmploymentStatus.NOT_SEEKING: mark("not looking for work"),
}
LICENCES: Final[Mapping[str, str]] = {
    working.LicenceKind.DRIVING: mark("Driving licence"),
    working.LicenceKind.MACHINE: mark("Licence for a machine"),
    working.LicenceKind.OTHER: mark("Another licence"),
}
WORKING_TIMES: Final[Mapping[str, str]] = {
    working.WorkingTime.FULL: mark("full time"),
    working.WorkingTime.PART: mark("part time"),
    working.WorkingTime.SHIFTS: mark("shifts, nights, weekends"),
    working.WorkingTime.HOME: mark("working from home"),
    working.WorkingTime.MINI_JOB: mark("mini-job"),
}
WORK_PERMISSIONS: Final[Mapping[str, str]] = {
    working.WorkPermission.ALLOWED: mark("allowed"),
    working.WorkPermission.WITH_APPROVAL: mark("with approval only"),
    working.WorkPermission.NOT_ALLOWED: mark("not allowed"),
    working.WorkPermission.UNCLEAR: mark("unclear whether allowed"),
}
RESIDENCE: Final[Mapping[str, str]] = {
    working.ResidenceCategory.PERMISSION_TO_RESIDE: mark("permission to reside during the asylum procedure"),
    working.ResidenceCategory.TOLERATED: mark("tolerated stay (Duldung)"),
    working.ResidenceCategory.PROTECTION: mark("residence permit for protection"),
    working.ResidenceCategory.TEMPORARY_PROTECTION: mark("temporary protection"),
    working.ResidenceCategory.RESIDENCE_PERMIT: mark("residence permit"),
    working.ResidenceCategory.SETTLEMENT: mark("settlement permit"),
    working.ResidenceCategory.EU: mark("freedom of movement (EU)"),
    working.ResidenceCategory.OTHER: mark("another residence title"),
    working.ResidenceCategory.UNCLEAR: mark("residence unclear"),
}
PHONES: Final[Mapping[str, str]] = {
    working.PhoneKind.MOBILE: mark("mobile phone"),
    working.PhoneKind.LANDLINE: mark("landline"),
    working.PhoneKind.MESSENGER: mark("messenger"),
}
#: Each list of codes with its words.
LISTS: Final[Mapping[type[StrEnum], Mapping[str, str]]] = {
    evidence.EvidenceType: EVIDENCE,
    evidence.EndReason: END_REASONS,
    names.NameForm: NAME_FORMS,
    names.Sex: SEXES,
    names.NationalityStatus: NATIONALITIES,
    languages.Cefr: CEFR,
    languages.LanguageSkill: LANGUAGE_SKILLS,
    languages.Scale: SCALES,
    working.SkillScale: SKILL_SCALES,
    pathways.LiteracyLevel: LITERACY,
    qualifications.IscedLevel: ISCED,
    qualifications.Completion: COMPLETIONS,
    qualifications.GermanLeaving: LEAVINGS,
    qualifications.Degree: DEGREES,
    qualifications.AnabinRating: ANABIN,
    qualifications.RecognitionState: RECOGNITION,
    pathways.CourseKind: COURSES,
    pathways.ParticipationStatus: PARTICIPATION,
    pathways.LegalCircle: LEGAL_CIRCLES,
    pathways.NeedStatus: NEED_STATUSES,
    working.EmploymentStatus: EMPLOYMENT,
    working.LicenceKind: LICENCES,
    working.WorkingTime: WORKING_TIMES,
    working.WorkPermission: WORK_PERMISSIONS,
    working.ResidenceCategory: RESIDENCE,
    working.PhoneKind: PHONES,
}
