"""Spellings of one name share a code at some level; different names do not."""

from __future__ import annotations

import csv

import pytest

from registry.bench.judging import spellings
from registry.folding.letters import latin
from registry.folding.names import MOST_FORMS, forms_of, reading_of, words_in
from registry.folding.sounds import ANY, CYRILLIC, ETHIOPIAN, GENERAL, SOMALI, sounds_of
from registry.folding.words import MOST_WORDS, words_of

is_here = pytest.mark.skipif(not spellings.FILE.exists(), reason="the attested spelling pairs are not here")


def agree(one: str, other: str, reading: str) -> bool:
    """Say whether every word of the shorter name meets one of the longer."""
    shorter, longer = sorted((words_in(one, reading), words_in(other, reading)), key=len)
    return bool(shorter) and all(any(set(a.skeletons) & set(b.skeletons) for b in longer) for a in shorter)


@pytest.mark.parametrize(
    ("one", "other", "reading"),
    [
        ("Al Haddad", "El-Haddad", GENERAL),
        ("AL HADDAD", "Alhaddad", GENERAL),
        ("الحداد", "Al-Haddad", GENERAL),
        ("Soleymani", "Suleimani", GENERAL),
        ("Gholami", "Ghulami", GENERAL),
        ("Mohammad", "Mohamad", GENERAL),
        ("محمد", "Muhammed", GENERAL),
        ("رضا", "Reza", GENERAL),
        ("رضا", "Rida", GENERAL),
        ("Rushdi", "Ruschdi", GENERAL),
        ("Al Fatlawi", "Al Fatlavoi", GENERAL),
        ("Abd al-Rahman", "Abdurrahman", GENERAL),
        ("عبد الرحمن", "Abdulrahman", GENERAL),
        ("Abderrahmane", "Abdirahmaan", GENERAL),
        ("Abdelaziz", "Abd al-Aziz", GENERAL),
        ("Abdullah", "Abdallah", GENERAL),
        ("Najib Ullah", "Nadschibullah", GENERAL),
        ("Shams ad-Din", "Schamsuddin", GENERAL),
        ("Khadija", "Chadidscha", GENERAL),
        ("Youssouf", "Jussuf", GENERAL),
        ("Mehmûd", "MAHMOOD", GENERAL),
        ("Şêxmûs", "Sheikhmous", GENERAL),
        ("ڕۆژدا", "Rojda", GENERAL),
        ("Cemîl", "Jamil", GENERAL),
        ("Mohamad-Reza", "Mohammad Reza", GENERAL),
        ("Bondartschuk", "Bondarchuk", CYRILLIC),
        ("Бондарчук", "Bondartschuk", CYRILLIC),
        ("Schewtschenko", "Chevtchenko", CYRILLIC),
        ("Oleksandr", "Alexander", CYRILLIC),
        ("Олександр", "Aleksandr", CYRILLIC),
        ("Wolodymyr", "Vladimir", CYRILLIC),
        ("Yevheniia", "Jewgenija", CYRILLIC),
        ("Mykola", "Nikolaj", CYRILLIC),
        ("Oleh", "Oleg", CYRILLIC),
        ("Isakau", "Isakow", CYRILLIC),
        ("Lastouski", "Lastowski", CYRILLIC),
        ("Petrowitsch", "Petrovitj", CYRILLIC),
        ("Matvitxuk", "Matviïtchouk", CYRILLIC),
        ("Aleksejevs", "Alekseyev", CYRILLIC),
        ("Leonīds", "Leonid", CYRILLIC),
        ("Denis", "Denys", CYRILLIC),
        ("Avramenko", "Awramenko", CYRILLIC),
        ("Fadel", "Fazel", GENERAL),
        ("Daher", "Zaher", GENERAL),
        ("Ramadan", "Ramazan", GENERAL),
        ("Jubran", "Gebran", GENERAL),
        ("Ali-Reza", "Alireza", GENERAL),
        ("Ali", "Alireza", GENERAL),
        ("Reza", "Mohammadreza", GENERAL),
        ("Gholamali", "Gholam Ali", GENERAL),
        ("Weldemikael", "Weldemichael", ETHIOPIAN),
        ("ወልደሚካኤል", "Weldemikael", ETHIOPIAN),
        ("Tesfagabir", "Tesfa Gabir", ETHIOPIAN),
        ("Haymanot", "Haimanot", ETHIOPIAN),
        ("Tsegay", "Zegay", ETHIOPIAN),
        ("Hana", "Hanna", ETHIOPIAN),
        ("Osman", "Othman", ETHIOPIAN),
        ("Cabdiraxmaan", "Abdirahman", SOMALI),
        ("Xasan", "Hassan", SOMALI),
        ("Faarax", "Farah", SOMALI),
        ("Ayan", "Ajan", SOMALI),
        ("Cumar", "Omar", SOMALI),
    ],
)
def test_spellings_of_one_name_agree(one: str, other: str, reading: str) -> None:
    assert agree(one, other, reading)
    assert agree(one, other, ANY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hassan", "Ibrahim"),
        ("Al Haddad", "Al Najjar"),
        ("Gholami", "Rezai"),
        ("Bondarchuk", "Kravchuk"),
        ("Weldemichael", "Tesfagabir"),
        ("Olena", "Oksana"),
        ("Nadir", "Karim"),
        ("Amir", "Mir"),
        ("Said", "Asad"),
        ("Odai", "Daoud"),
        ("Alireza", "Mohammad"),
    ],
)
@pytest.mark.parametrize("reading", [GENERAL, CYRILLIC, ANY])
def test_different_names_do_not_agree(one: str, other: str, reading: str) -> None:
    assert not agree(one, other, reading)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ğülşah Öztürk", "gulshah ozturk"),
        ("Łukasz d'Órazio", "lukasz dorazio"),
        ("Євген Щербина", "yevhen shcherbyna"),
        ("ሰላም", "selam"),
        ("HusenIdriis", "husen idriis"),
        ("Mo hammad\u200c-Ali", "mo hammad ali"),
        ("عمر", "amr"),
        ("—", ""),
        ("N0ah", "noah"),
        ("00", ""),
        ("გიორგი ბერიძე", "giorgi beridze"),
        ("Արմեն Պետրոսյան", "armen petrosyan"),
        ("שרה כהן", "srh khhn"),
        ("নাসরিন", "nasrin"),
        ("Γιώργος", "giorgos"),
        ("Ħal-Għaxaq", "hal ghaxaq"),
        ("Ali 😀", "ali"),
        ("a\u0488b", "a b"),
    ],
)
def test_any_script_becomes_plain_letters(text: str, plain: str) -> None:
    assert latin(text) == plain


def test_articles_and_what_stands_for_no_name_are_left_out() -> None:
    assert words_of("bin Al Haddad") == ["haddad"]
    assert words_of("unbekannt") == []
    assert words_of("X") == []
    assert words_of("Al") == ["al"]
    assert words_of("Abu al-Khair") == ["abukhair"]


def test_a_hostile_name_is_read_up_to_a_bound() -> None:
    assert len(words_of("Ab " * 1000)) == MOST_WORDS
    assert len(sounds_of("chkhjcxwthdh" * 16, GENERAL).skeletons) <= 8
    assert len(forms_of([(f"Name{chr(97 + at)}", "Anna") for at in range(20)], GENERAL)) <= MOST_FORMS


def test_a_form_that_says_less_is_completed_from_the_present_name() -> None:
    present, variant = forms_of([("Al Haddad", "Khalid"), ("ALHADDAAD", "")], GENERAL)
    assert [word.exact for word in present.words] == ["haddad", "khalid"]
    assert [word.exact for word in variant.words] == ["haddaad", "khalid"]


def test_two_words_can_meet_one() -> None:
    (form,) = forms_of([("", "Mohammad Reza")], GENERAL)
    ((first, joined),) = [(one.first, set(one.skeletons)) for one in form.joined]
    assert first == 0
    assert joined & set(sounds_of("mohammadreza").skeletons)


def test_names_are_read_as_their_country_writes_and_in_every_way_where_nobody_knows() -> None:
    assert reading_of(["UA"]) == CYRILLIC
    assert reading_of(["SO"]) == SOMALI
    assert reading_of(["ER"]) == ETHIOPIAN
    assert reading_of(["SY", "IQ"]) == GENERAL
    assert reading_of([]) == reading_of(["DE"]) == reading_of(["UA", "SY"]) == ANY
    assert set(sounds_of("jaroslav", CYRILLIC).skeletons) < set(sounds_of("jaroslav", ANY).skeletons)


@is_here
@pytest.mark.parametrize(
    ("which", "reading", "least", "most_by_chance"), [("ar", GENERAL, 0.925, 0.0042), ("uk", CYRILLIC, 0.85, 0.0012)]
)
def test_attested_spellings_agree_as_often_as_was_measured(
    which: str, reading: str, least: float, most_by_chance: float
) -> None:
    """Wikidata's and rigour's spelling pairs, and every name against some far from it."""
    with spellings.FILE.open(encoding="utf-8", newline="") as lines:
        pairs = [(row["spelling_a"], row["spelling_b"]) for row in csv.DictReader(lines) if row["set"] == which]
    assert len(pairs) > 2000
    codes = [(_codes(one, reading), _codes(other, reading)) for one, other in pairs]
    assert sum(bool(one & other) for one, other in codes) / len(codes) >= least
    apart = [
        (codes[at][0], codes[at - step][1]) for step in range(331, len(codes) - 331, 211) for at in range(len(codes))
    ]
    assert sum(bool(one & other) for one, other in apart) / len(apart) <= most_by_chance


@is_here
@pytest.mark.parametrize(("which", "best_single_method", "measured"), [("ar", 0.884, 0.925), ("uk", 0.803, 0.885)])
def test_levels_together_find_more_spellings_than_any_single_method_with_as_few_strangers(
    which: str, best_single_method: float, measured: float
) -> None:
    """Of different names 39 (Arabic script) and 14 of 10,000 may agree, as with the methods that were tried before."""
    assert spellings.found(which) >= measured > best_single_method


def _codes(name: str, reading: str) -> set[str]:
    return {code for word in words_of(name) for code in sounds_of(word, reading).skeletons}
