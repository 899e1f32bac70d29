"""The language of a text, by its most frequent words. No I/O.

Source: https://docs.aws.amazon.com/comprehend/latest/APIReference/API_DetectDominantLanguage.html
"""

from __future__ import annotations

import re

WORDS = {
    "en": "the a an and of to in is are was were it you he she we they that this my your with for on at not have has",
    "es": "el la los las un una y de del a en es son era que este esta mi tu su con para por no he ha me se llamo vivo",
    "de": "der die das ein eine und von zu in ist sind war es du er sie wir dass mein dein mit für auf nicht ich habe",
    "fr": "le la les un une et de du des à en est sont était il elle nous vous que mon ton avec pour sur ne pas je",
    "cs": "v na je jsem jsi si že s z pro ale jako můj moje tvůj který která není mi mu jsou byl byla",
}
UNKNOWN = "en"
UNSURE = 0.3


def languages(text: str) -> list[dict[str, object]]:
    """Return what DetectDominantLanguage says: the languages with their scores, likeliest first."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    counts = {code: sum(word in frequent.split() for word in words) for code, frequent in WORDS.items()}
    total = sum(counts.values())
    if not total:
        return [{"LanguageCode": UNKNOWN, "Score": UNSURE}]
    ranked = sorted(counts, key=lambda code: -counts[code])
    return [{"LanguageCode": code, "Score": counts[code] / total} for code in ranked if counts[code]]
