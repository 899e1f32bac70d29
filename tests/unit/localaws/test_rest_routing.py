"""Which resource and method answer."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.rest.document import Document, Method, Resource
from localaws.rest.routing import find_route


def api(*routes: str) -> Document:
    """Routes such as `GET /a`."""
    methods: dict[str, dict[str, Method]] = {}
    for route in routes:
        name, path = route.split(" ")
        methods.setdefault(path, {})[name] = Method(name, None)
    return Document("api", resources=tuple(Resource(path, found) for path, found in methods.items()))


ROUTES = (
    "ANY /",
    "ANY /{proxy+}",
    "POST /chat",
    "GET /chat",
    "ANY /chat",
    "POST /chat/{id}",
    "GET /chat/{id}/stream",
    "GET /chat/all/stream",
    "GET /files/{path+}",
    "GET /files/index",
)


@pytest.mark.parametrize(
    ("request_line", "route", "parameters"),
    [
        ("GET /", "ANY /", {}),
        ("GET ", "ANY /", {}),
        ("POST /chat", "POST /chat", {}),
        ("PUT /chat", "ANY /chat", {}),
        ("POST /chat/", "POST /chat", {}),
        ("POST /%63hat", "POST /chat", {}),
        ("POST /chat/1", "POST /chat/{id}", {"id": "1"}),
        ("POST /chat/a%2Fb%20c+d", "POST /chat/{id}", {"id": "a/b c+d"}),
        ("GET /chat/all/stream", "GET /chat/all/stream", {}),
        ("GET /chat/1/stream", "GET /chat/{id}/stream", {"id": "1"}),
        ("GET /chat/1/other", "ANY /{proxy+}", {"proxy": "chat/1/other"}),
        ("GET /a/b%20c/", "ANY /{proxy+}", {"proxy": "a/b c"}),
        ("GET /files/a/b", "GET /files/{path+}", {"path": "a/b"}),
        ("GET /files/index", "GET /files/index", {}),
        ("GET /files/index/x", "GET /files/{path+}", {"path": "index/x"}),
        ("GET /files", "ANY /{proxy+}", {"proxy": "files"}),
        ("GET /Chat", "ANY /{proxy+}", {"proxy": "Chat"}),
    ],
)
def test_routes(request_line: str, route: str, parameters: dict[str, str]) -> None:
    """The more exact path wins, part by part; a method of its own before ANY."""
    method, path = request_line.split(" ")
    found = find_route(api(*ROUTES), method, path)
    assert found
    assert (f"{found.method.name} {found.resource.path}", found.parameters) == (route, parameters)


@pytest.mark.parametrize("request_line", ["GET /chat/1", "POST /files/index", "POST /chat/1/stream"])
def test_a_method_is_not_looked_for_elsewhere(request_line: str) -> None:
    """The greedy path answers no method that the more exact path lacks."""
    method, path = request_line.split(" ")
    assert find_route(api(*ROUTES), method, path) is None


def test_no_path_matches() -> None:
    """A greedy path needs one part at least, and a resource without methods answers nothing."""
    assert find_route(api("ANY /{proxy+}"), "GET", "/") is None
    assert find_route(api("ANY /a"), "GET", "/b") is None
    assert find_route(Document("api", resources=(Resource("/a", {}),)), "GET", "/a") is None


WORDS = st.text("ab{}+ /%ž", min_size=1, max_size=4).filter(lambda word: word not in {".", ".."})


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_parameters_come_out_as_they_went_in(words: list[str]) -> None:
    """Whatever a client encodes into a path's parts."""
    path = "/" + "/".join(quote(word, safe="") for word in words)
    found = find_route(api("ANY /{first}/{rest+}", "ANY /{first}"), "GET", path)
    assert found
    expected = {"first": words[0]} | ({"rest": "/".join(words[1:])} if words[1:] else {})
    assert found.parameters == expected


PARTS = st.sampled_from(["a", "b", "{v}"])
TEMPLATES = st.lists(PARTS, max_size=3).map(lambda parts: "/" + "/".join(parts))
GREEDY = TEMPLATES.map(lambda template: template.rstrip("/") + "/{w+}")


@given(st.sets(TEMPLATES | GREEDY, min_size=1, max_size=6), st.lists(st.sampled_from("abc"), max_size=4))
def test_no_other_path_that_matches_is_more_exact(templates: set[str], parts: list[str]) -> None:
    """By a search that looks at one part after the other."""
    candidates = {template: [part for part in template.split("/") if part] for template in templates}
    candidates = {
        template: wanted
        for template, wanted in candidates.items()
        if (len(wanted) == len(parts) or (wanted and wanted[-1] == "{w+}" and len(parts) >= len(wanted)))
        and all(part in ("{v}", "{w+}", actual) for part, actual in zip(wanted, parts, strict=False))
    }
    found = find_route(api(*(f"ANY {template}" for template in templates)), "GET", "/" + "/".join(parts))
    for index in range(len(parts)):
        for kind in (parts[index], "{v}", "{w+}"):
            chosen = {t: w for t, w in candidates.items() if index < len(w) and w[index] == kind}
            if chosen:
                candidates = chosen
                break
        if len(candidates) == 1:
            break
    assert (found.resource.path if found else None) == (next(iter(candidates)) if candidates else None)
