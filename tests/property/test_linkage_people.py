"""Five people in twelve appearances, told with any names: whoever arrives first, they become five."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.identities import Gathering, Said

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Base names as offices spell them: article apart, joined with a hyphen, fused, and as a variant.
ARTICLE_FAMILIES = [
    ("AL HADDAD", "El-Haddad", "Alhaddad", "ALHADDAAD"),
    ("AL NAJJAR", "El-Nadschar", "Alnajjar", "ALNAJJAAR"),
    ("AL SABBAGH", "El-Sabbagh", "Alsabbagh", "ALSABAGH"),
    ("AL ZUABI", "El-Zoabi", "Alzoubi", "ALZUAABI"),
    ("AL BITAR", "El-Bitar", "Albitar", "ALBEETAR"),
]
GIVENS = [
    ("Khalid Mansour", "Khaled", "Khalid"),
    ("Mazen Adib", "Mazin", "Mazen"),
    ("Marwan Fadi", "Maruan", "Marwan"),
    ("Bashir Nizar", "Baschir", "Bashir"),
    ("Ahmad Mahmoud", "Ahmed", "Ahmad"),
]
COMPOUNDS = [
    ("GHOLAMI", "GHULAMI", "Ghulami", "Nematollah Karim", "Nematolah-Karim"),
    ("SOLEYMANI", "SULEIMANI", "Suleimani", "Mohammad Taghi", "Mohamad-Taghi"),
    ("MOUSAVI", "MUSAVI", "Musawi", "Gholam Hossein", "Ghulam-Husein"),
    ("YOUSEFI", "YUSUFI", "Yusofi", "Abdul Rahim", "Abd-ur-Rahim"),
]
CHAINS = [  # father's name, in another spelling, grandfather's name, own name
    ("WELDEMIKAEL", "Weldemichael", "Tesfagabir", "Rahwa"),
    ("TEKLEHAYMANOT", "Teklehaimanot", "Gebremedhin", "Senait"),
    ("GHIRMAY", "Ghirmai", "Woldeselassie", "Bisrat"),
    ("KIDANEMARIAM", "Kidane Mariam", "Ogbamichael", "Luwam"),
]
TRANSLITERATED = [
    ("Bondartschuk", "Bondarchuk", "Jewgenija", "Yevheniia Petrivna"),
    ("Tschernenko", "Chernenko", "Alexandra", "Oleksandra Ihorivna"),
    ("Schtscherbak", "Shcherbak", "Xenia", "Kseniia Olehivna"),
    ("Zhytomyrskyj", "Zhytomyrskyi", "Anastassija", "Anastasiia Serhiivna"),
]
KURDISH = [
    ("Mahmud", "Mehmûd", "MAHMOOD", "Berfin"),
    ("Khalil", "Xelîl", "KHALEEL", "Rojîn"),
    ("Scheikhmus", "Şêxmûs", "SHEIKHMOUS", "Dilnaz"),
    ("Hassan", "Hesen", "HASAN", "Newroz"),
]
#: First year, month and serial number of two tellings: no slip of one digit leads from one to the other.
EARLY, LATE = (1955, 2, 0), (1982, 7, 500_000)


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is who: statements by person."""

    people: tuple[tuple[Said, ...], ...]


@st.composite
def tellings(draw: st.DrawFn, since: tuple[int, int, int] = EARLY) -> Telling:
    """Draw five people with the traps of the samples, and nothing else of them."""
    year, month, serial_from = since
    serials = [
        serial_from + one for one in draw(st.lists(st.integers(0, 499_999), min_size=8, max_size=8, unique=True))
    ]
    days = st.tuples(st.integers(year, year + 23), st.integers(month, month + 4), st.integers(2, 28))
    births = draw(st.lists(days, min_size=5, max_size=5, unique=True))
    customers = [{"ba-customer": f"{343 + at}C{serial:06}"} for at, serial in enumerate(serials)]
    registered = {"azr": f"150923{serials[0]:06}"}
    return Telling(
        (
            _of_the_article(
                draw(st.sampled_from(ARTICLE_FAMILIES)), draw(st.sampled_from(GIVENS)), births[0], customers, registered
            ),
            _of_the_compound(draw(st.sampled_from(COMPOUNDS)), births[1], customers),
            _of_the_chain(draw(st.sampled_from(CHAINS)), births[2], customers),
            _of_the_transliteration(draw(st.sampled_from(TRANSLITERATED)), births[3], customers),
            _of_many_spellings(draw(st.sampled_from(KURDISH)), births[4], customers[7]),
        )
    )


@settings(deadline=None, max_examples=200)
@given(telling=tellings(), order=st.permutations(range(12)))
def test_twelve_appearances_of_five_people_become_five_in_any_order(telling: Telling, order: list[int]) -> None:
    """Each is joined to its best known finding alone; nothing knows the names."""
    statements = [(person, said) for person, some in enumerate(telling.people) for said in some]
    gathering = Gathering()
    joined = [(statements[at][0], gathering.join(statements[at][1])) for at in order]
    assert len(statements) == 12
    assert len({person for _, person in joined}) == 5
    assert len(set(joined)) == 5


@settings(deadline=None, max_examples=100)
@given(one=tellings(EARLY), other=tellings(LATE), order=st.permutations(range(24)))
def test_of_people_with_other_births_none_are_mixed(one: Telling, other: Telling, order: list[int]) -> None:
    """Even of one name: nobody is joined to a stranger who was born in other years and has other numbers."""
    people = [*one.people, *other.people]
    statements = [(person, said) for person, some in enumerate(people) for said in some]
    gathering = Gathering()
    joined: dict[int, set[int]] = {}
    for at in order:
        person, said = statements[at]
        joined.setdefault(gathering.join(said), set()).add(person)
    assert all(len(persons) == 1 for persons in joined.values())


def _of_the_article(
    family: tuple[str, str, str, str],
    names: tuple[str, str, str],
    born: tuple[int, int, int],
    customers: list[dict[str, str]],
    registered: Mapping[str, str],
) -> tuple[Said, ...]:
    apart, hyphen, fused, variant = family
    both, other, first = names
    day = _day(born)
    year_only = Said(
        family=apart, variants=(variant,), given=both, born=f"{born[0]}-01-01", placeholder=True, sex="m",
        nationality="SY", place="Halab", numbers=registered,
    )  # fmt: skip
    return (
        year_only,
        Said(family=hyphen, given=other, born=day, sex="m", nationality="SY", numbers=customers[0]),
        Said(family=fused, given=first, born=day, sex="m", nationality="SY", numbers=customers[1]),
    )


def _of_the_compound(
    names: tuple[str, str, str, str, str], born: tuple[int, int, int], customers: list[dict[str, str]]
) -> tuple[Said, ...]:
    family, variant, other, given_apart, given_joined = names
    month = f"{born[0]}-{born[1]:02}"
    return (
        Said(family=family, variants=(variant,), given=given_apart, born=month, sex="m", nationality="AF"),
        Said(family=other, given=given_joined, born=f"{month}-01", sex="m", nationality="AF", numbers=customers[2]),
    )


def _of_the_chain(
    names: tuple[str, str, str, str], born: tuple[int, int, int], customers: list[dict[str, str]]
) -> tuple[Said, ...]:
    father, spelt, grandfather, own = names
    day = _day(born)
    return (
        Said(family=father, given=own, born=day, sex="w", nationality="ER"),
        Said(family=grandfather, given=f"{own} {spelt}", born=day, sex="w", nationality="ER", numbers=customers[3]),
    )


def _of_the_transliteration(
    names: tuple[str, str, str, str], born: tuple[int, int, int], customers: list[dict[str, str]]
) -> tuple[Said, ...]:
    german, english, russian, ukrainian = names
    day = _day(born)
    return (
        Said(family=german, given=russian, born=day, sex="w", nationality="UA", numbers=customers[4]),
        Said(family=english, given=ukrainian, born=day, sex="w", nationality="UA", numbers=customers[5]),
    )


def _of_many_spellings(
    names: tuple[str, str, str, str], born: tuple[int, int, int], number: Mapping[str, str]
) -> tuple[Said, ...]:
    family, kurdish, capitals, own = names
    unclear = Said(family=family, given=own, born=_day(born), sex="w", nationality="unclear", numbers=number)
    return (
        unclear,
        Said(
            family=family, variants=(kurdish, capitals), given=own, born=_day(born), sex="w", nationality="SY",
            numbers=number,
        ),
        Said(family=kurdish, given=own, born=_day(born), sex="w", nationality="SY", numbers=number),
    )  # fmt: skip


def _day(born: tuple[int, int, int]) -> str:
    year, month, day = born
    return f"{year}-{month:02}-{day:02}"
