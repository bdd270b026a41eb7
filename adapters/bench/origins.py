"""Where invented people come from: the names of an origin are put together from its own syllables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, slots=True)
class Origin:
    """One origin with what its names begin, go on and end with."""

    country: str  #: ISO 3166-1 alpha-3
    mother_tongue: str  #: as BA writes it
    further: tuple[str, ...]
    men: tuple[str, ...]
    women: tuple[str, ...]
    heads: tuple[str, ...]
    tails: tuple[str, ...]

    def given(self, chance: Random, sex: int) -> str:
        """Return a given name, or two; sex is 0 for a man and 1 for a woman."""
        names = self.women if sex else self.men
        return " ".join(chance.sample(names, 2 if chance.random() < 0.15 else 1))

    def family(self, chance: Random) -> str:
        """Return a family name; every tenth person has two."""
        count = 2 if chance.random() < 0.1 else 1
        return " ".join(chance.choice(self.heads) + chance.choice(self.tails) for _ in range(count))


def _words(text: str) -> tuple[str, ...]:
    """Return words; an underscore stands for a space in one, a dot for nothing at all."""
    return tuple(word.replace("_", " ").replace(".", "") for word in text.split())


def _origin(country: str, tongues: str, *, given: tuple[str, str], family: tuple[str, str]) -> Origin:
    mother_tongue, *further = _words(tongues)
    men, women = given
    heads, tails = family
    return Origin(
        country, mother_tongue, tuple(further), _words(men), _words(women), heads=_words(heads), tails=_words(tails)
    )


ORIGINS = (
    _origin(
        "SYR", "Arabisch Englisch",
        given=("Ahmad Mohamad Khaled Omar Yousef Bilal Samer Tarek Fadi", "Amira Rania Layla Hala Maha Salma Dima Rim"),
        family=("Al_ Al- El_ Abu_ .", "Khatib Hariri Masri Najjar Haddad Sayegh Darwish Kurdi Shami Halabi Homsi"),
    ),
    _origin(
        "UKR", "Ukrainisch Russisch Englisch",
        given=("Andrii Oleksandr Mykola Taras Bohdan Dmytro Ihor", "Olena Oksana Iryna Nataliia Svitlana Kateryna"),
        family=("Shevch Kovalch Bondar Tkach Melnych Kravch Petr Marchen Lysen", "enko uk ets yk enchuk yshyn ivskyi"),
    ),
    _origin(
        "AFG", "Dari Paschto",
        given=("Ahmad Farid Habib Najib Rahim Wahid Zalmai Jawed", "Fatima Zahra Shabnam Parwin Laila Nargis Soraya"),
        family=("Ahmad Nur Rahm Haidar Sultan Karim Ghul Amin Naz Sad", "zai i zada yar mal khel"),
    ),
    _origin(
        "IRQ", "Kurdisch Arabisch",
        given=("Hiwa Rebwar Dilshad Karwan Azad Sherko", "Shilan Berivan Rojin Chiman Nasrin Tara"),
        family=("Bar Mir Ros Shex Hos Kar Zeb", "zani xan ani olî ari wani"),
    ),
    _origin(
        "ERI", "Tigrinisch Arabisch",
        given=("Tesfay Yonas Filmon Abraham Kidane Merhawi Dawit", "Selam Senait Helen Feven Luwam Saba Rahwa"),
        family=("Tesfa Gebre Welde Habte Kifle Berhe Haile", "mariam selassie michael ab zghi . giorgis"),
    ),
    _origin(
        "SOM", "Somali Arabisch",
        given=("Abdi Mahad Liban Yusuf Hassan Farah", "Hodan Ifrah Amina Fardowsa Khadra Sahra"),
        family=("Warsa Abdulla Moha Ali Jama Fara Nu Osma", "me hi med . c h r n"),
    ),
    _origin(
        "IRN", "Persisch Englisch",
        given=("Reza Hossein Amir Mehdi Behrouz Kaveh Arash", "Maryam Shirin Neda Azadeh Leila Parisa Mina"),
        family=("Moham Hosse Karim Reza Ahma Tehra Shira Esfa", "madi ini i ei di ni zi hani"),
    ),
    _origin(
        "TUR", "Türkisch Kurdisch",
        given=("Mehmet Mustafa Emre Can Hakan Baran", "Ayşe Elif Zeynep Derya Gülşen Berfin"),
        family=("Yıl Öz Kara Demir Ak Şim Gün", "dız türk ci taş şek el eş kan"),
    ),
    _origin(
        "NGA", "Englisch Hausa",
        given=("Chinedu Emeka Tunde Ifeanyi Musa Sunday", "Ngozi Amaka Blessing Patience Aisha Funke"),
        family=("Oka Ade Nwa Olu Eze Iwu Chuk", "for yemi chukwu wale . anyi wu kwe"),
    ),
    _origin(
        "VEN", "Spanisch Englisch",
        given=("José Luis Carlos Jesús Rafael Andrés", "María Carmen Gabriela Daniela Yulimar Rosa"),
        family=("Rodrí Fernán Gon Her Mén Pé Ro", "guez dez zález nández rez mero jas"),
    ),
    _origin(
        "GEO", "Georgisch Russisch",
        given=("Giorgi Levan Davit Irakli Zurab", "Nino Tamar Ketevan Mariam Salome"),
        family=("Beri Kapa Gela Loba Mchedli Tsik", "dze shvili nadze ia ava uri"),
    ),
    _origin(
        "RUS", "Russisch Tschetschenisch",
        given=("Magomed Ruslan Aslan Sergei Timur Adam", "Zarema Aminat Madina Elena Larisa"),
        family=("Kadi Dzha Mag Isa Akhma Umar Bey", "shev ev omedov yev dov sultanov"),
    ),
)  # fmt: skip
