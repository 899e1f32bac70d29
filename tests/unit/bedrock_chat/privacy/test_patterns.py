"""What the dependency-free detector takes for personal data, and what not."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_chat.privacy.patterns import detect


def found(text: str) -> list[tuple[str, str]]:
    return [(finding.kind, text[finding.start : finding.end]) for finding in detect(text)]


EMAILS = {
    "plain": ("write to ann.lee+x@mail.example.com.", "ann.lee+x@mail.example.com"),
    "in brackets": ("Ann <ann@example.com>,", "ann@example.com"),
    "in quotation marks": ("'ann@example.com'", "ann@example.com"),
    "a name with an apostrophe": ("o'brien@example.ie", "o'brien@example.ie"),
    "in a link": ("mailto:ann@example.com?subject=hi", "ann@example.com"),
    "in a query": ("/find?email=ann@example.com&page=2", "ann@example.com"),
    "letters beyond ASCII": ("jiří@žluťoučký.example", "jiří@žluťoučký.example"),
    "after emoji": ("👩‍👩‍👧 ann@example.com 🙂", "ann@example.com"),
    "a domain in Punycode": ("ann@xn--bcher-kva.xn--p1ai", "ann@xn--bcher-kva.xn--p1ai"),
    "before a hyphen": ("an ann@example.com-style address", "ann@example.com"),
}


@pytest.mark.parametrize(("text", "address"), EMAILS.values(), ids=EMAILS)
def test_an_email_address_is_found(text: str, address: str) -> None:
    """All of it and nothing else."""
    assert found(text) == [("EMAIL", address)]


PHONES = {
    "international": "+420 601 123 456",
    "international without spaces": "+420601123456",
    "with 00": "00420 601 123 456",
    "with an optional zero": "+44 (0)20 7946 0958",
    "the shortest": "+12345678",
    "the longest": "+123456789012345",
    "with no-break spaces and a dash": "+1\u00a0212\u202f555\u20110100",
    "North America": "(212) 555-0100",
    "North America with hyphens": "212-555-0100",
    "North America with dots": "212.555.0100",
    "North America with the 1": "1-800-555-0199",
    "London": "020 7946 0958",
    "Berlin": "030/1234567",
    "Paris": "01 23 45 67 89",
    "Paris with dots": "01.23.45.67.89",
    "a British mobile": "07911123456",
    "an area code in brackets": "(030) 1234567",
}


@pytest.mark.parametrize("number", PHONES.values(), ids=PHONES)
def test_a_phone_number_is_found(number: str) -> None:
    """Wherever it stands."""
    for text in (number, f"it is {number}, or was", f"📞{number}🙂", f"({number})"):
        assert [kind for kind, _ in found(text)] == ["PHONE"]
        assert found(text)[0][1].strip("()") in number
        assert number.strip("()") in found(text)[0][1]


TOLD = {
    "English": "call me at 601 123 456",
    "with a colon": "Tel.: 601 123 456",
    "in capitals": "PHONE 601123456",
    "Spanish": "llame al 912 34 56 78",
    "Czech": "zavolejte na 601 123 456",
    "German": "Handy 171 1234567",
}


@pytest.mark.parametrize("text", TOLD.values(), ids=TOLD)
def test_a_row_of_digits_is_a_phone_number_when_a_word_says_so(text: str) -> None:
    """As most countries' numbers look like any other."""
    number = text[next(index for index, character in enumerate(text) if character.isdigit()) :]
    assert found(text) == [("PHONE", number)]
    assert found(f"it cost {number}") == []


IBANS = {
    "in groups": "DE89 3704 0044 0532 0130 00",
    "in one": "GB29NWBK60161331926819",
    "in small letters": "fr1420041010050500013m02606",
    "with hyphens": "CZ65-0800-0000-1920-0014-5399",
    "the shortest": "NO93 8601 1117 947",
    "the longest": "RU03 0445 2522 5408 1781 0538 0913 1041 9",
}


@pytest.mark.parametrize("account", IBANS.values(), ids=IBANS)
def test_an_iban_is_found(account: str) -> None:
    """Whatever stands beside it."""
    for text in (account, f"IBAN {account}.", f"{account} BIC 1234", f"pay {account} by 2026", f"🙂{account}🙂"):
        assert found(text) == [("IBAN", account)]


CARDS = {
    "in groups": "4111 1111 1111 1111",
    "with hyphens": "5500-0055-5555-5559",
    "in one": "4111111111111111",
    "American Express": "3782 822463 10005",
    "Diners Club": "3056 930902 5904",
    "the shortest": "4222222222222",
    "the longest": "6304000000000000000",
    "Mastercard's new numbers": "2223003122003222",
    "one digit at a time": "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
}


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_a_payment_card_is_found(card: str) -> None:
    """Whatever stands beside it."""
    for text in (card, f"my card {card}.", f"🙂{card}🙂", f"#{card}/"):
        assert found(text) == [("CARD", card)]


@pytest.mark.parametrize("text", ["{} 12/27 123", "{} 2027", "no. 12 {}", "{} {}", "2024-{}"])
def test_a_payment_card_is_found_among_other_numbers(text: str) -> None:
    """Its date of expiry, its check code, or another card."""
    card = "4111 1111 1111 1111"
    assert set(found(text.format(card, card))) == {("CARD", card)}


def test_a_card_in_one_piece_is_found_beside_other_numbers() -> None:
    """On both sides."""
    assert found("order 12 4111111111111111 7") == [("CARD", "4111111111111111")]


NOTHING = {
    "a package": "npm install react@18.2.0",
    "a host without a domain": "root@localhost",
    "a decorator": "@dataclass",
    "an address without a name": "it's ..@example.com",
    "a domain without letters": "ann@10.0.0.1",
    "an @ at the end": "ann@",
    "a date": "01.02.2024",
    "a date and a time": "01.02.2024 10:30, 01/02/2024 08 15",
    "a date to call on": "call on 2024-01-02 or on 1.2.2024",
    "a time": "2024-01-02T03:04:05.0123456789Z",
    "milliseconds": "1700000000004",
    "a decimal": "0.123456789 and 3.0123456789",
    "thousands": "123 456 789 012",
    "an address in a network": "192.168.100.200, 10.0.0.1:8080",
    "a sum": "5 + 100000000",
    "a variable": "x+100000000",
    "a UUID": "550e8400-e29b-41d4-a716-446655440000",
    "too few digits": "+1234567",
    "too many digits": "+1234567890123456",
    "too many digits after a 0": "012345678901",
    "an area code that is none": "112-555-0100",
    "a few digits after a word": "call 112",
    "a word within another": "recall 601123456",
    "too many words": "call me if you can see 601123456",
    "a wrong check digit of a card": "4111 1111 1111 1112",
    "a card's digits within more digits": "94111111111111111111111",
    "cards of other industries": "9111111111111110, 2111111111111115, 2811111111111118",
    "a card too short": "611111111112",
    "wrong check digits of an IBAN": "GB30 NWBK 6016 1331 9268 19",
    "an IBAN of no country": "ZZ29 NWBK 6016 1331 9268 19",
    "an IBAN too short": "GB29 NWBK 6016 1331 9268 1",
    "an IBAN that goes on": "DE89370400440532013000X",
    "an IBAN within a word": "XDE89370400440532013000",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_what_only_looks_alike_is_left(text: str) -> None:
    """A model that is shown placeholders for everything can't help anybody."""
    assert found(text) == []


def test_offsets_are_in_characters() -> None:
    """Also beyond the basic plane, and after characters that combine."""
    text = "🙂e\u0301\U0001f468\u200d\U0001f469 ann@example.com"
    assert [text[finding.start : finding.end] for finding in detect(text)] == ["ann@example.com"]


def test_an_iban_is_not_also_a_card_or_a_phone_number() -> None:
    """Its digits can look like either; the longest counts."""
    assert found("+420 601 123 456 CZ65 0800 0000 1920 0014 5399") == [
        ("PHONE", "+420 601 123 456"),
        ("IBAN", "CZ65 0800 0000 1920 0014 5399"),
    ]


KB = 1024
HOSTILE = {
    unit: (unit * (64 * KB))[: 64 * KB]
    for unit in (
        "0", "1", "+1", "+", "@", "a@", "a.", "a", "a@a.", "-", ".", "'", "(", " ", "4", "4 ", "4444 ", "4444-", "05 ",
        "1.", "212-", "DE89 ", "DE89", "DE8937040044053201300 ", "call ", "call a  ", "call (", "tel", "+1(. ", "xn--",
        "00", "é", "🙂1", "a@b.co", "4111 1111 1111 1111 ", "+42060112345 ",
    )
}  # fmt: skip
# A linear detector takes 0.3 s for any of them, a quadratic one minutes.
CPU_SECONDS = 20


@contextmanager
def cpu_limit(seconds: int) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"not done after {seconds} s of processor time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_more_than_linear_time(text: str) -> None:
    """Processor time, so that a busy machine changes nothing; the bound tells linear from quadratic, no more."""
    with cpu_limit(CPU_SECONDS):
        detect(f"call a@{text}")


@given(
    st.lists(
        st.sampled_from(["ann@example.com", *PHONES.values(), *IBANS.values(), *CARDS.values(), "🙂", "x", "1", ", "])
        | st.text(max_size=5)
    )
)
def test_findings_are_in_order_within_the_text_and_apart(parts: list[str]) -> None:
    """Whatever the text: this is what redaction relies on."""
    text = " ".join(parts)
    end = 0
    for finding in detect(text):
        assert end <= finding.start < finding.end <= len(text)
        end = finding.end
