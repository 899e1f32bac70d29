"""POST /words: a sentence, word by word."""

import time

from answers import Refused, json_object
from lambda_stream import Response

PAUSE_S = 0.1  # as if somebody thought about each word


def handle(request):
    """The sentence of `{"sentence": "..."}` as plain text."""
    sentence = json_object(request).get("sentence")
    if not isinstance(sentence, str) or not sentence.strip():
        raise Refused("sentence must be a text with at least one word.")
    return Response(spoken(sentence), headers={"content-type": "text/plain; charset=utf-8"})


def spoken(sentence):
    """Each yield leaves the function at once."""
    for word in sentence.split():
        yield f"{word} "
        time.sleep(PAUSE_S)
