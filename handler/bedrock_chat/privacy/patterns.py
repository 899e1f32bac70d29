"""A detector that needs no service: e-mail addresses, phone numbers, IBANs and payment cards, in any language.

Each pattern starts at few places, and from there reads a bounded number of characters or a run that no other start
shares: the time is linear in the text, whatever it holds. What a checksum can prove is proven. Of phone numbers those
forms are found that hardly anything else has; a plain row of digits is one only after a word such as "call".
"""

import re
from typing import TYPE_CHECKING

from bedrock_chat.privacy.findings import CARD, EMAIL, IBAN, PHONE, Finding, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

# Word processors write some of these for the plain ones: no-break spaces, and hyphens and dashes of every width.
_SPACES = " \t\u00a0\u2007\u2009\u202f"
_DASHES = "\u2010\u2011\u2012\u2013\u2212\\-"

# A run of what a local part may hold starts only where none goes on, and is never given back (possessive): no
# character is read for two starts. `=`, `/` and `?` are allowed there too, but in practice they belong to a URL.
_LOCAL = r"\w.!#$%&'*+^~-"
_EMAIL = re.compile(rf"(?<![{_LOCAL}])[{_LOCAL}]++@(?:[^\W_][\w-]*+\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{{2,}})")

_GAP = rf"[{_SPACES}{_DASHES}./()]{{0,3}}+"
_SEPARATOR = rf"[{_SPACES}{_DASHES}.]"
_NOT_WITHIN = r"(?<![\w+])(?<![0-9][.,:/-])"
_NO_DATE = r"(?![0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4}(?![0-9]))(?![0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}(?![0-9]))"
_CALLING_WORDS = (
    "tel phone telephone mobile cell cellphone call dial sms fax whatsapp "
    "teléfono telefono móvil movil celular llame llama llámame telefone ligue cellulare chiama "
    "telefon handy mobil rufnummer anrufen téléphone appelez appeler "
    "mobilní volejte zavolejte zavolej telefonu komórka zadzwoń"
)
_PHONES = (
    # International, E.164 with any grouping: 8 to 15 digits after the plus sign or the 00 of most countries.
    re.compile(rf"(?<![\w+])(?:\+|00)\(?[1-9](?:{_GAP}[0-9]){{7,14}}(?![0-9])"),
    # With a trunk 0, as most of the world writes its national numbers.
    re.compile(rf"{_NOT_WITHIN}{_NO_DATE}\(?0[1-9](?:{_GAP}[0-9]){{7,9}}(?![0-9])"),
    # North America: area code and exchange never begin with 0 or 1.
    re.compile(
        rf"{_NOT_WITHIN}(?:1{_SEPARATOR})?(?:\([2-9][0-9]{{2}}\){_SEPARATOR}?|[2-9][0-9]{{2}}{_SEPARATOR})"
        rf"[2-9][0-9]{{2}}{_SEPARATOR}[0-9]{{4}}(?![0-9])"
    ),
    # Any other row of 7 to 15 digits, when a word says what it is: at most three short words in between.
    re.compile(
        rf"(?i:\b(?:{'|'.join(_CALLING_WORDS.split())})\b)\W{{0,4}}(?:[^\W\d_]{{1,7}}+\W{{1,3}}){{0,3}}"
        rf"(?P<number>(?<!\w){_NO_DATE}\(?[0-9](?:{_GAP}[0-9]){{6,14}}(?![0-9]))"
    ),
)

_DIGITS_IN_A_ROW = re.compile(rf"[0-9]++(?:[{_SPACES}{_DASHES}][0-9]++)*+")
_DIGITS = re.compile(r"[0-9]+")
_MIN_CARD_DIGITS, _MAX_CARD_DIGITS = 13, 19
_MIN_FIRST_GROUP = 4
# Of the issuers' numbers those of payment cards. 1 is for airlines, and begins the milliseconds of our time.
_ISSUER = re.compile("2[2-7]|[3-6]")

# The longest that may be one. It is only looked at: another start can stand within it.
_IBAN = re.compile(rf"(?<![^\W_])(?=([A-Za-z]{{2}}[0-9]{{2}}(?:[{_SPACES}{_DASHES}]?[A-Za-z0-9]){{11,29}}+))")
_IBAN_MODULUS, _IBAN_REMAINDER = 97, 1
# Source: www.swift.com/standards/data-standards/iban-international-bank-account-number (the IBAN registry)
_IBAN_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
_IBAN_LENGTHS = {country: length for length, countries in _IBAN_COUNTRIES.items() for country in countries.split()}


KINDS = (EMAIL, PHONE, IBAN, CARD)


def detect(text: str, kinds: "Collection[str]" = KINDS) -> list[Finding]:
    """The personal data of these `kinds` in `text`, in order and without overlap."""
    return merged(finding for kind in kinds for finding in _DETECTORS[kind](text))


def _emails(text: str) -> "Iterator[Finding]":
    for match in _EMAIL.finditer(text):
        address = match[0]
        # A quotation mark or a bullet before the address is none of it.
        start = match.end() - len(address.lstrip(".!#$%&'*+^~-"))
        if text[start] != "@":
            yield Finding(start, match.end(), EMAIL)


def _phones(text: str) -> "Iterator[Finding]":
    for pattern in _PHONES:
        for match in pattern.finditer(text):
            start, end = match.span("number" if "number" in pattern.groupindex else 0)
            yield Finding(start, end, PHONE)


def _ibans(text: str) -> "Iterator[Finding]":
    for match in _IBAN.finditer(text):
        start, length = match.start(), _IBAN_LENGTHS.get(match[1][:2].upper())
        ends = [start + index for index, character in enumerate(match[1], 1) if character.isalnum()]
        if length is None or len(ends) < length:
            continue
        end = ends[length - 1]
        if not text[end : end + 1].isalnum() and _has_iban_checksum(text[start:end]):
            yield Finding(start, end, IBAN)


def _has_iban_checksum(text: str) -> bool:
    """Source: ISO 13616; the check digits come last, and each letter counts as a number from 10 to 35."""
    account = [character for character in text if character.isalnum()]
    number = "".join(str(int(character, 36)) for character in account[4:] + account[:4])
    return int(number) % _IBAN_MODULUS == _IBAN_REMAINDER


def _cards(text: str) -> "Iterator[Finding]":
    for row in _DIGITS_IN_A_ROW.finditer(text):
        groups = [match.span() for match in _DIGITS.finditer(text, row.start(), row.end())]
        if _is_card(text[row.start() : row.end()]):
            yield Finding(row.start(), row.end(), CARD)
        else:
            yield from _cards_among(text, groups)


def _cards_among(text: str, groups: list[tuple[int, int]]) -> "Iterator[Finding]":
    """The cards that stand in a row of groups of digits with other numbers, such as their dates of expiry."""
    for first, (start, first_end) in enumerate(groups):
        if first_end - start < _MIN_FIRST_GROUP:
            continue
        digits = 0
        for group_start, end in groups[first : first + _MAX_CARD_DIGITS]:
            digits += end - group_start
            if digits > _MAX_CARD_DIGITS:
                break
            if _is_card(text[start:end]):
                yield Finding(start, end, CARD)


def _is_card(text: str) -> bool:
    """Source: ISO/IEC 7812-1, the issuer's number and the Luhn check digit."""
    digits = "".join(character for character in text if character in "0123456789")
    if not _MIN_CARD_DIGITS <= len(digits) <= _MAX_CARD_DIGITS or not _ISSUER.match(digits):
        return False
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + doubled) % 10 == 0


_DETECTORS: "Mapping[str, Callable[[str], Iterator[Finding]]]" = {
    EMAIL: _emails,
    PHONE: _phones,
    IBAN: _ibans,
    CARD: _cards,
}
