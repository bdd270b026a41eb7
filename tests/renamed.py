"""The samples with everybody renamed: other names with the same traps, other dates, numbers, UUIDs and file names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from pathlib import Path

#: Each pair sets the trap of the original.
NAMES = {
    "AL KHATIB": "AL HADDAD", "ALKHATEEB": "ALHADDAAD", "El-Khatib": "El-Haddad", "Alkhatib": "Alhaddad",
    "Ahmad Mahmoud": "Khalid Mansour", "Ahmad": "Khalid", "Ahmed": "Khaled",
    "HOSSEINI": "GHOLAMI", "HUSSAINI": "GHULAMI", "Husseini": "Ghulami",
    "Mohammad Reza": "Nematollah Karim", "Mohamad-Reza": "Nematolah-Karim",
    "TEKLEHAYMANOT": "WELDEMIKAEL", "Selam Teklehaimanot": "Rahwa Weldemichael", "Gebremedhin": "Tesfagabir",
    "Selam": "Rahwa",
    "Schewtschuk": "Bondartschuk", "Shevchuk": "Bondarchuk", "Oleksandra Ihorivna": "Yevheniia Petrivna",
    "Alexandra": "Jewgenija",
    "Hassan": "Mahmud", "Hesen": "Mehmûd", "HASAN": "MAHMOOD", "Rojda": "Berfin",
}  # fmt: skip
BIRTHS = {
    "1990-03-14": "1985-11-23", "14.03.1990": "23.11.1985", "1990-01-01": "1985-01-01",
    "1987-03": "1992-08", "01.03.1987": "01.08.1992",
    "1998-05-24": "1996-02-17", "24.05.1998": "17.02.1996",
    "1984-11-07": "1979-04-29", "07.11.1984": "29.04.1979",
    "2001-08-15": "2003-10-06", "15.08.2001": "06.10.2003",
}  # fmt: skip
_NUMBERS = (
    re.compile(r"(?<![0-9A-Za-z])[0-9]{3}[A-Z][0-9]{6}(?![0-9])"),  # customer numbers
    re.compile(r"(?<=azrNummer>)[0-9]{12}"),
    re.compile(r"BK[0-9]{4}-[0-9]{4}-[0-9]{2}"),
    re.compile(r"(?<=//)[0-9]{7}"),  # communities of need
    re.compile(r"(?<=10001-)[0-9]{18}"),  # references of BA
    re.compile(r"SGB2-[0-9]{4}-[0-9]{5}"),
)
_NEW = NAMES | BIRTHS
_SAID = re.compile("|".join(map(re.escape, sorted(_NEW, key=len, reverse=True))))
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAMESPACE = UUID("8b7f1f5e-52a5-4c39-9a0b-3c6a1d0e9f11")


def renamed(text: str) -> str:
    """Return a sample's or the truth's text with everybody renamed."""
    for numbers in _NUMBERS:
        text = numbers.sub(lambda found: _turned(found[0]), text)
    text = _UUID.sub(lambda found: str(uuid5(_NAMESPACE, found[0])), text)
    return _SAID.sub(lambda found: _NEW[found[0]], text)


def rename_all(samples: Path, folder: Path) -> dict[str, Path]:
    """Write renamed samples under other file names; return original name -> path."""
    made = {}
    for at, path in enumerate(sorted(samples.glob("*_*.*"))):
        if path.name == "people_truth.json":
            continue
        encoding = "cp1252" if path.suffix == ".csv" else "utf-8"
        made[path.name] = folder / f"delivery-{at}{path.suffix}"
        made[path.name].write_bytes(renamed(path.read_bytes().decode(encoding)).encode(encoding))
    return made


def _turned(number: str) -> str:
    """Return a number with other digits: each 3 more, but those that its form needs."""
    if len(number) == 12 and number.isdigit():
        return number[:6] + "".join(str((int(digit) + 3) % 10) for digit in number[6:])
    prefix = 4 if number.startswith("SGB2") else 0
    return number[:prefix] + "".join(str((int(one) + 3) % 10) if one.isdigit() else one for one in number[prefix:])
