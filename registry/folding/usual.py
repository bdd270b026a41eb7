"""Names that very many people bear, so that a young registry does not take two of them for one.

How frequent a name is the linker counts itself; until it has seen many people, this is all it knows. The names are
those that lead the statistics of first names and surnames of Syria, Iraq, Afghanistan, Iran, Eritrea, Somalia, Turkey
and Ukraine; they are compared by consonants, so each stands for all its spellings.
"""

from __future__ import annotations

from typing import Final

from registry.folding.sounds import CYRILLIC, ETHIOPIAN, GENERAL, SOMALI, sounds_of

_NAMES: Final = {
    GENERAL: (
        "mohammad ahmad mahmoud ali hassan hussein omar khaled ibrahim mustafa yusuf abdullah abdulrahman ismail hamid"
        " khalil salim said karim rahim abbas reza hossein mehdi amir jamal nour amina fatima maryam aisha zahra zainab"
        " khadija layla sara hosseini ahmadi mohammadi rahimi karimi haidari rezai khan mehmet mehmed fatma yilmaz"
    ),
    CYRILLIC: (
        "oleksandr olena nataliia oksana tetiana svitlana iryna serhii volodymyr andrii mykola mariia anna hanna"
        " kateryna viktoriia yuliia liudmyla shevchenko kovalenko bondarenko tkachenko melnyk kovalchuk"
    ),
    ETHIOPIAN: "mehari selam tesfay berhane haile tekle yohannes abraham samuel daniel mohammed gebre",
    SOMALI: "maxamed cali axmed cabdi xasan cumar yuusuf faadumo xuseen ismaaciil",
}

#: Rows of consonants of the usual names.
USUAL: Final = frozenset(
    sounds_of(name, reading).skeletons[0] for reading, names in _NAMES.items() for name in names.split()
)
