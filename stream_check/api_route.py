"""Which method of a REST API answers a request, and what it asks for. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html, on
path variables and greedy ones
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stream_check.settings import Authentication, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ANY = "ANY"
WORD, VARIABLE, GREEDY = range(3)


def method_for(resources: Iterable[Mapping[str, Any]], method: str, path: str) -> Mapping[str, Any] | None:
    """The method that a request for `path`, without the stage and a slash in front, meets; None when there is none.

    Of several resources the one counts that is more exact, part by part; and of it the method itself before ANY.
    """
    found = [each for each in resources if _pattern(str(each["path"])).fullmatch(f"/{path}")]
    if not found:
        return None
    methods: Mapping[str, Mapping[str, Any]] = min(found, key=_rank).get("resourceMethods", {})
    return methods.get(method, methods.get(ANY))


def asked_by(method: Mapping[str, Any]) -> Authentication:
    """What a REST API's method asks for; SettingsError when that doesn't say what a request must carry."""
    kind, needs_key = str(method.get("authorizationType", "NONE")), bool(method.get("apiKeyRequired"))
    known = {
        ("NONE", False): Authentication.NONE,
        ("NONE", True): Authentication.API_KEY,
        ("AWS_IAM", False): Authentication.IAM,
        ("COGNITO_USER_POOLS", False): Authentication.BEARER,
    }
    if (kind, needs_key) not in known:
        what = f"{kind} and an API key" if needs_key else kind
        raise SettingsError(f"The API asks for {what}: say what requests carry with --auth {'|'.join(Authentication)}.")
    return known[kind, needs_key]


def _parts(path: str) -> list[tuple[int, str]]:
    return [
        (GREEDY if part.endswith("+}") else VARIABLE if part.startswith("{") else WORD, part)
        for part in path.split("/")
    ]


def _pattern(path: str) -> re.Pattern[str]:
    forms = {VARIABLE: "[^/]+", GREEDY: ".+"}
    return re.compile("/".join(forms.get(kind, re.escape(part)) for kind, part in _parts(path)))


def _rank(resource: Mapping[str, Any]) -> list[int]:
    return [kind for kind, _ in _parts(str(resource["path"]))]
