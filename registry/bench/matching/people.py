"""Made-up people of six origins, as entries: few names that many bear and many that few bear, and the slips of offices.

The same people each time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SEED: Final = 20_261_123


@dataclass(frozen=True, slots=True)
class Origin:
    """Names and places of one country, the most frequent first."""

    country: str
    men: tuple[str, ...]
    women: tuple[str, ...]
    heads: tuple[str, ...]  #: of family names; each goes with each tail
    tails: tuple[str, ...]
    places: tuple[str, ...]


def _origin(country: str, men: str, women: str, *, family: tuple[str, str], places: str) -> Origin:
    heads, tails = (tuple(part.replace(".", "") for part in parts.split()) for parts in family)
    return Origin(country, tuple(men.split()), tuple(women.split()), heads, tails, tuple(places.split()))


_ARABIC: Final = (
    (
        "Mohammad Ahmad Ali Omar Khaled Mahmoud Hassan Hussein Ibrahim Yousef Abdullah Mustafa Bilal Samer"
        " Tarek Fadi Nader"
        " Jamal Rashid Karim Walid Ziad Bassam Ghassan Marwan Anas Hamza Imad Jihad Nizar Qasim Saif Taha Yasin"
        " Zakariya"
    ),
    (
        "Fatima Maryam Zahra Amina Aisha Khadija Layla Rania Hala Maha Salma Dima Rim Noor Sara Hanan Iman Samira Nadia"
        " Wafa Zainab Yasmin Lubna Ghada Abeer Basma Dalal Fadwa Hiba Jumana Kawthar Lamia Manal Nahla Rasha Suha"
    ),
)
_AFGHAN: Final = (
    (
        "Mohammad Ahmad Abdul Ali Farid Habib Najib Rahim Wahid Zalmai Jawed Hamid Karim Nasir Omid Parwiz Qais"
        " Rafi Sayed"
        " Shafiq Tamim Yama Zabi Gul Haroon Idris Jamshid Khalid Latif Massoud"
    ),
    (
        "Fatima Zahra Shabnam Parwin Laila Nargis Soraya Maryam Nasrin Farida Latifa Maliha Nadia Rahima Sahar Tahmina"
        " Wahida Yalda Zarghuna Benafsha"
    ),
)
ORIGINS: Final = (
    _origin(
        "SY", *_ARABIC,
        family=(
            "al- . el- abu- ",
            ("Khatib Hariri Masri Najjar Haddad Sayegh Darwish Kurdi Shami Halabi Homsi Khoury Saleh Hamdan Issa Kassem"
            " Rifai Turki Jaber Nasser Saad Awad Bakri Daoud Fares Ghanem Habib Kanaan Laham Mansour Nahas"
            " Othman Qabbani"
            " Rahal Sabbagh Tawil Wahbeh Yazbek Zein Barazi Ayoub Sheikh Omari Atassi Jundi Droubi Sibai Mulki Hakim"),
        ),
        places="Aleppo Damascus Homs Hama Latakia Idlib Raqqa Qamishli Daraa Afrin Manbij Tartus",
    ),
    _origin(
        "IQ", *_ARABIC,
        family=(
            "al- . ",
            ("Jubouri Obaidi Dulaimi Tikriti Samarrai Mosuli Basri Kubaisi Ani Zubaidi Saadi Bayati Janabi"
             " Azzawi Hamdani"
            " Barzani Talabani Zebari Dosky Sindi Rawanduzi Mirani Hawrami Jaff Shekhani Qaradaghi Amedi Surchi"
            " Khoshnaw"),
        ),
        places="Baghdad Mosul Basra Erbil Kirkuk Duhok Sinjar Sulaymaniyah Tikrit Ramadi",
    ),
    _origin(
        "AF", *_AFGHAN,
        family=(
            ("Ahmad Nur Rahm Haidar Sultan Karim Ghul Amin Naz Sad Barak Yusuf Moham Hossein Rez Jaf Ibrahim"
             " Safi Wardak"
            " Popal Stanek Achak Nazar Mirza Khalil Qadir Faiz Hashim Akbar Sharif"),
            "i zai zada yar mal khel . pur ian",
        ),
        places="Kabul Herat Mazar Kandahar Jalalabad Kunduz Ghazni Bamyan Balkh Maymana",
    ),
    _origin(
        "UA",
        "Oleksandr Serhii Andrii Volodymyr Mykola Dmytro Ivan Mykhailo Vasyl Taras Bohdan Ihor Roman Oleh Yurii Maksym"
        " Pavlo Viktor Denys Artem",
        "Olena Nataliia Oksana Tetiana Svitlana Iryna Anna Mariia Kateryna Viktoriia Yuliia Liudmyla Khrystyna Daryna"
        " Zhanna Lesia Halyna Nadiia Solomiia Yana",
        family=(
            ("Shevch Kovalch Bondar Tkach Melnych Kravch Petr Marchen Lysen Moroz Savch Rudn Hrytsen Kostiuch Panas"
            " Vasyl Dmytr Oliin Fedor Hnat Zinch Yakov Tymosh Stepan Roman Levch Klym Honchar Danyl Buts"),
            "enko uk yk chuk yshyn ivskyi enchuk ets",
        ),
        places="Kyiv Kharkiv Odesa Dnipro Mariupol Kherson Lviv Zaporizhzhia Mykolaiv Chernihiv",
    ),
    _origin(
        "ER",
        "Tesfay Yonas Filmon Abraham Kidane Merhawi Dawit Yohannes Samuel Daniel Berhane Haile Tekle Mehari Robel",
        "Selam Senait Helen Feven Luwam Saba Rahwa Mehret Tsega Winta Eden Bana Semhar Yordanos Almaz",
        family=(
            "Tesfa Gebre Welde Habte Kifle Berhe Haile Tekle Kidane Mehari Ghirma Asme Yohan Ogba Zere",
            ". mariam selassie michael ab zghi giorgis ezgi amlak",
        ),
        places="Asmara Keren Massawa Mendefera Barentu Senafe Adi-Keyh Dekemhare",
    ),
    _origin(
        "SO",
        "Mohamed Ahmed Ali Abdi Hassan Omar Yusuf Hussein Ismail Mahad Liban Farah Abdullahi Nur Guled",
        "Hodan Ifrah Amina Fardowsa Khadra Sahra Fadumo Halima Ayan Hawa Asha Maryan Nimco Sagal Zeynab",
        family=(
            "Warsa Abdulla Moha Ali Jama Fara Nu Osma Adan Hersi Duale Egal Samatar Elmi Guled Bile Awale Shire",
            "me hi med . n r le de",
        ),
        places="Mogadishu Hargeisa Kismayo Baidoa Bosaso Burao Garowe",
    ),
)  # fmt: skip
#: Of a hundred people so many come from each.
_SHARES: Final = (36, 12, 24, 14, 7, 7)
#: How offices spell the same sounds.
_SPELT: Final = (("sh", "sch"), ("kh", "ch"), ("ou", "u"), ("y", "j"), ("z", "s"), ("ii", "iy"), ("ee", "i"))
#: The first of January, as many papers have it for an unknown day.
_PLACEHOLDERS: Final = {"SY": 0.05, "IQ": 0.15, "AF": 0.35, "UA": 0.0, "ER": 0.15, "SO": 0.4}


@dataclass(frozen=True, slots=True)
class Someone:
    """What one office says of somebody."""

    family: str
    given: str
    born: str
    sex: str
    country: str
    place: str | None

    def entries(self) -> list[dict[str, Any]]:
        """Return the entries of a question, or of a record."""
        values: list[tuple[str, dict[str, Any]]] = [
            ("name", {"family": self.family, "given": self.given, "form": "current", "script": "Latn"}),
            ("birth-date", {"date": self.born, "placeholder_suspected": False}),
            ("sex", {"code": self.sex}),
            ("nationality", {"status": "known", "country": self.country}),
        ]
        if self.place is not None:
            values.append(("birth-place", {"place": self.place}))
        return [{"kind": f"identity.{kind}", "value": value} for kind, value in values]

    def document(self) -> bytes:
        """Return the same as a compartment's document."""
        return json.dumps({"entries": self.entries()}).encode()


def people(first: int, count: int) -> Iterator[Someone]:
    """Yield the people with these numbers; each number is always the same person."""
    for number in range(first, first + count):
        yield _someone(Random(_SEED * 10_000_000 + number))  # noqa: S311 - invented people, no secret


def elsewhere(one: Someone, chance: Random) -> Someone:
    """Return the same person as another office writes her, most often with a slip or two."""
    for usual, other in _SPELT:
        if chance.random() < 0.4:
            one = replace(one, given=one.given.replace(usual, other), family=one.family.replace(usual, other))
    for often, slip in _SLIPS:
        if chance.random() < often:
            one = slip(one, chance)
    return one


def _someone(chance: Random) -> Someone:
    (origin,) = chance.choices(ORIGINS, _SHARES)
    sex = "m" if chance.random() < 0.6 else "w"
    names = origin.men if sex == "m" else origin.women
    given = " ".join(_frequent(names, chance) for _ in range(2 if chance.random() < 0.25 else 1))
    family = _frequent(origin.heads, chance) + _frequent(origin.tails, chance)
    if chance.random() < 0.15:
        family += " " + _frequent(origin.men, chance)
    year = int(chance.triangular(1945, 2015, 1995))
    day = "01-01" if chance.random() < _PLACEHOLDERS[origin.country] else _day(chance)
    return Someone(family.title(), given, f"{year}-{day}", sex, origin.country, _frequent(origin.places, chance))


def _frequent(names: tuple[str, ...], chance: Random) -> str:
    """Return one of the names, the first far more often than the last."""
    return names[int(len(names) * chance.random() ** 2)]


def _day(chance: Random) -> str:
    return f"{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


def _unknown_day(one: Someone, _chance: Random) -> Someone:
    return replace(one, born=f"{one.born[:4]}-01-01")


def _other_day(one: Someone, chance: Random) -> Someone:
    return replace(one, born=f"{one.born[:8]}{chance.randint(1, 28):02}")


def _swapped_day(one: Someone, _chance: Random) -> Someone:
    year, month, day = one.born.split("-")
    return replace(one, born=f"{year}-{day}-{month}") if int(day) <= 12 else one


def _swapped_names(one: Someone, _chance: Random) -> Someone:
    return replace(one, family=one.given, given=one.family)


def _one_name_less(one: Someone, _chance: Random) -> Someone:
    return replace(one, given=one.given.split()[0], family=one.family.split()[0])


def _mistyped(one: Someone, chance: Random) -> Someone:
    at = chance.randrange(1, max(2, len(one.family)))
    return replace(one, family=one.family[:at] + one.family[at + 1 :])


def _no_place(one: Someone, _chance: Random) -> Someone:
    return replace(one, place=None)


_SLIPS: Final[tuple[tuple[float, Callable[[Someone, Random], Someone]], ...]] = (
    (0.08, _unknown_day),
    (0.04, _other_day),
    (0.04, _swapped_day),
    (0.05, _swapped_names),
    (0.25, _one_name_less),
    (0.05, _mistyped),
    (0.35, _no_place),
)
