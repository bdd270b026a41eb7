"""How a name or a person's basics are coded."""

from enum import StrEnum


class NameForm(StrEnum):
    """Which of a person's names this is; none is "the" name. Source: AZR basic data, with the native script added."""

    CURRENT = "current"
    BIRTH = "birth"
    FORMER = "former"
    VARIANT = "variant"
    ALIAS = "alias"
    NATIVE = "native"


class Sex(StrEnum):
    """Source: XInneres; x means that the register was told no sex, which differs from never asked."""

    MALE = "m"
    FEMALE = "w"
    DIVERSE = "d"
    NOT_STATED = "x"


class NationalityStatus(StrEnum):
    """Unclear and stateless are statements of their own, not missing values."""

    KNOWN = "known"
    UNCLEAR = "unclear"
    STATELESS = "stateless"


_SCRIPTS = """
    Adlm Afak Aghb Ahom Arab Aran Armi Armn Avst Bali Bamu Bass Batk Beng Berf Bhks Blis Bopo Brah Brai Bugi Buhd
    Cakm Cans Cari Cham Cher Chis Chrs Cirt Copt Cpmn Cprt Cyrl Cyrs Deva Diak Dogr Dsrt Dupl Egyd Egyh Egyp Elba
    Elym Ethi Gara Geok Geor Glag Gong Gonm Goth Gran Grek Gujr Gukh Guru Hanb Hang Hani Hano Hans Hant Hatr Hebr
    Hira Hluw Hmng Hmnp Hntl Hrkt Hung Inds Ital Jamo Java Jpan Jurc Kali Kana Kawi Khar Khmr Khoj Kitl Kits Knda
    Kore Kpel Krai Kthi Lana Laoo Latf Latg Latn Leke Lepc Limb Lina Linb Lisu Loma Lyci Lydi Mahj Maka Mand Mani
    Marc Maya Medf Mend Merc Mero Mlym Modi Mong Moon Mroo Mtei Mult Mymr Nagm Nand Narb Nbat Newa Nkdb Nkgb Nkoo
    Nshu Ogam Olck Onao Orkh Orya Osge Osma Ougr Palm Pauc Pcun Pelm Perm Phag Phli Phlp Phlv Phnx Piqd Plrd Prti
    Psin Qaaa Qabx Ranj Rjng Rohg Roro Runr Samr Sara Sarb Saur Seal Sgnw Shaw Shrd Shui Sidd Sidt Sind Sinh Sogd
    Sogo Sora Soyo Sund Sunu Sylo Syrc Syre Syrj Syrn Tagb Takr Tale Talu Taml Tang Tavt Tayo Telu Teng Tfng Tglg
    Thaa Thai Tibt Tirh Tnsa Todr Tols Toto Tutg Ugar Vaii Visp Vith Wara Wcho Wole Xpeo Xsux Yezi Yiii Zanb Zinh
    Zmth Zsye Zsym Zxxx Zyyy Zzzz
"""
#: Script codes of ISO 15924.
SCRIPTS = frozenset(_SCRIPTS.split())
