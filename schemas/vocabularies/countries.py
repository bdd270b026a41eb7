"""Country codes and their conversion. Source: ISO 3166-1 (with XK in use) and the Destatis key of states.

States that ended (Yugoslavia, Soviet Union, ...) have a Destatis code and no current country: whoever reads one
keeps it as said and marks the nationality unclear.
"""

from collections.abc import Mapping
from types import MappingProxyType

# alpha-2, alpha-3, Destatis ("-" where Destatis counts the place with another state)
_CODES = """
    AD AND 123 | AE ARE 469 | AF AFG 423 | AG ATG 320 | AI AIA - | AL ALB 121 | AM ARM 422 | AO AGO 223 | AQ ATA -
    AR ARG 323 | AS ASM - | AT AUT 151 | AU AUS 523 | AW ABW - | AX ALA - | AZ AZE 425 | BA BIH 122 | BB BRB 322
    BD BGD 460 | BE BEL 124 | BF BFA 258 | BG BGR 125 | BH BHR 424 | BI BDI 291 | BJ BEN 229 | BL BLM - | BM BMU -
    BN BRN 429 | BO BOL 326 | BQ BES - | BR BRA 327 | BS BHS 324 | BT BTN 426 | BV BVT - | BW BWA 227 | BY BLR 169
    BZ BLZ 330 | CA CAN 348 | CC CCK - | CD COD 246 | CF CAF 289 | CG COG 245 | CH CHE 158 | CI CIV 231 | CK COK 527
    CL CHL 332 | CM CMR 262 | CN CHN 479 | CO COL 349 | CR CRI 334 | CU CUB 351 | CV CPV 242 | CW CUW - | CX CXR -
    CY CYP 181 | CZ CZE 164 | DE DEU 000 | DJ DJI 230 | DK DNK 126 | DM DMA 333 | DO DOM 335 | DZ DZA 221 | EC ECU 336
    EE EST 127 | EG EGY 287 | EH ESH - | ER ERI 224 | ES ESP 161 | ET ETH 225 | FI FIN 128 | FJ FJI 526 | FK FLK -
    FM FSM 545 | FO FRO - | FR FRA 129 | GA GAB 236 | GB GBR 168 | GD GRD 340 | GE GEO 430 | GF GUF - | GG GGY -
    GH GHA 238 | GI GIB - | GL GRL - | GM GMB 237 | GN GIN 261 | GP GLP - | GQ GNQ 274 | GR GRC 134 | GS SGS -
    GT GTM 345 | GU GUM - | GW GNB 259 | GY GUY 328 | HK HKG 411 | HM HMD - | HN HND 347 | HR HRV 130 | HT HTI 346
    HU HUN 165 | ID IDN 437 | IE IRL 135 | IL ISR 441 | IM IMN - | IN IND 436 | IO IOT - | IQ IRQ 438 | IR IRN 439
    IS ISL 136 | IT ITA 137 | JE JEY - | JM JAM 355 | JO JOR 445 | JP JPN 442 | KE KEN 243 | KG KGZ 450 | KH KHM 446
    KI KIR 530 | KM COM 244 | KN KNA 370 | KP PRK 434 | KR KOR 467 | KW KWT 448 | KY CYM - | KZ KAZ 444 | LA LAO 449
    LB LBN 451 | LC LCA 366 | LI LIE 141 | LK LKA 431 | LR LBR 247 | LS LSO 226 | LT LTU 142 | LU LUX 143 | LV LVA 139
    LY LBY 248 | MA MAR 252 | MC MCO 147 | MD MDA 146 | ME MNE 140 | MF MAF - | MG MDG 249 | MH MHL 544 | MK MKD 144
    ML MLI 251 | MM MMR 427 | MN MNG 457 | MO MAC 412 | MP MNP - | MQ MTQ - | MR MRT 239 | MS MSR - | MT MLT 145
    MU MUS 253 | MV MDV 454 | MW MWI 256 | MX MEX 353 | MY MYS 482 | MZ MOZ 254 | NA NAM 267 | NC NCL - | NE NER 255
    NF NFK - | NG NGA 232 | NI NIC 354 | NL NLD 148 | NO NOR 149 | NP NPL 458 | NR NRU 531 | NU NIU 533 | NZ NZL 536
    OM OMN 456 | PA PAN 357 | PE PER 361 | PF PYF - | PG PNG 538 | PH PHL 462 | PK PAK 461 | PL POL 152 | PM SPM -
    PN PCN - | PR PRI - | PS PSE 459 | PT PRT 153 | PW PLW 537 | PY PRY 359 | QA QAT 447 | RE REU - | RO ROU 154
    RS SRB 170 | RU RUS 160 | RW RWA 265 | SA SAU 472 | SB SLB 524 | SC SYC 271 | SD SDN 277 | SE SWE 157 | SG SGP 474
    SH SHN - | SI SVN 131 | SJ SJM - | SK SVK 155 | SL SLE 272 | SM SMR 156 | SN SEN 269 | SO SOM 273 | SR SUR 364
    SS SSD 278 | ST STP 268 | SV SLV 337 | SX SXM - | SY SYR 475 | SZ SWZ 281 | TC TCA - | TD TCD 284 | TF ATF -
    TG TGO 283 | TH THA 476 | TJ TJK 470 | TK TKL - | TL TLS 483 | TM TKM 471 | TN TUN 285 | TO TON 541 | TR TUR 163
    TT TTO 371 | TV TUV 540 | TW TWN 465 | TZ TZA 282 | UA UKR 166 | UG UGA 286 | UM UMI - | US USA 368 | UY URY 365
    UZ UZB 477 | VA VAT 167 | VC VCT 369 | VE VEN 367 | VG VGB - | VI VIR - | VN VNM 432 | VU VUT 532 | WF WLF -
    WS WSM 543 | YE YEM 421 | YT MYT - | ZA ZAF 263 | ZM ZMB 257 | ZW ZWE 233 | XK XKX 150
"""
_ROWS = tuple(tuple(row.split()) for row in _CODES.replace("\n", "|").split("|") if row.strip())
_TO_ALPHA3: Mapping[str, str] = MappingProxyType({alpha2: alpha3 for alpha2, alpha3, _ in _ROWS})
_FROM_ALPHA3: Mapping[str, str] = MappingProxyType({alpha3: alpha2 for alpha2, alpha3, _ in _ROWS})
_TO_DESTATIS: Mapping[str, str] = MappingProxyType({alpha2: code for alpha2, _, code in _ROWS if code != "-"})
_FROM_DESTATIS: Mapping[str, str] = MappingProxyType({code: alpha2 for alpha2, _, code in _ROWS if code != "-"})

#: Every alpha-2 code an entry may carry.
COUNTRIES = frozenset(_TO_ALPHA3)

#: Destatis codes that name no country: without nationality, unclear, not stated.
DESTATIS_STATELESS, DESTATIS_UNCLEAR, DESTATIS_NOT_STATED = "997", "998", "999"
#: Destatis codes of states that are no more (Yugoslavia, also with Montenegro, Serbia and Montenegro, Czechoslovakia,
#: Soviet Union), and of Sudan while it held South Sudan.
DESTATIS_ENDED = frozenset({"120", "132", "133", "138", "159", "162", "276"})
#: Alpha-3 codes of states that are no more. Source: ISO 3166-3.
ALPHA3_ENDED = frozenset({"CSK", "DDR", "SCG", "SUN", "YUG"})
#: User-assigned alpha-3 codes of travel documents. Source: ICAO 9303, part 3.
ALPHA3_STATELESS, ALPHA3_UNCLEAR = "XXA", "XXX"


def country_from_alpha3(alpha3: str) -> str | None:
    """Return the alpha-2 code, or None for a code that names no country today."""
    return _FROM_ALPHA3.get(alpha3)


def alpha3_of(country: str) -> str | None:
    """Return the alpha-3 code of an alpha-2 code, or None."""
    return _TO_ALPHA3.get(country)


def country_from_destatis(code: str) -> str | None:
    """Return the alpha-2 code of a three-digit Destatis code, or None (ended states, stateless, unclear)."""
    return _FROM_DESTATIS.get(code)


def destatis_of(country: str) -> str | None:
    """Return the Destatis code of an alpha-2 code, or None where Destatis has no code of its own."""
    return _TO_DESTATIS.get(country)
