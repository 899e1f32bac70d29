"""CloudFront Functions as they run: the module's own, and ones that fail."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from localaws.cdn.viewer_function import ViewerFunctionError, ViewerFunctions

MODULES_OWN = Path(__file__).parents[3] / "modules" / "cdn" / "viewer-request.js"
NAME = "x-viewer-authorization"


def run(code: str, *events: Mapping[str, Any]) -> list[Any]:
    """What the code makes of each event, in one process that is ended afterwards."""

    async def go() -> list[Any]:
        functions = ViewerFunctions()
        try:
            return [await functions.run(code, event) for event in events]
        finally:
            await functions.close()

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        ({}, {}),
        ({NAME: {"value": "forged"}}, {}),
        ({"authorization": {"value": "a"}}, {"authorization": {"value": "a"}, NAME: {"value": "a"}}),
        (
            {"authorization": {"value": "a"}, NAME: {"value": "b"}},
            {"authorization": {"value": "a"}, NAME: {"value": "a"}},
        ),
        (
            {"authorization": {"value": "a", "multiValue": [{"value": "a"}, {"value": "b"}]}, "x": {"value": "c"}},
            {
                "authorization": {"value": "a", "multiValue": [{"value": "a"}, {"value": "b"}]},
                "x": {"value": "c"},
                NAME: {"value": "a"},
            },
        ),
    ],
    ids=["none", "forged", "its own", "both", "two of them"],
)
def test_the_modules_own(sent: Mapping[str, Any], arrives: Mapping[str, Any]) -> None:
    """The viewer's Authorization under one more name, which no viewer sets."""
    request = {"method": "GET", "uri": "/", "headers": sent}
    assert run(MODULES_OWN.read_text(), {"request": request}) == [request | {"headers": arrives}]


def test_an_asynchronous_function() -> None:
    """The second runtime of CloudFront Functions knows them."""
    assert run("const handler = async (event) => event.n + 1", {"n": 1}, {"n": 2}) == [2, 3]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param("function handler() { throw new Error('no'); }", "no", id="throws"),
        pytest.param("function handler(", "SyntaxError", id="no code"),
        pytest.param("const other = 1;", "handler is not defined", id="no handler"),
        pytest.param("function handler() { for (;;) {} }", "timed out", id="never ends"),
        pytest.param("for (;;) {}", "timed out", id="never begins"),
        pytest.param("const handler = () => new Promise(() => {});", "no answer", id="never keeps a promise"),
        pytest.param("function handler() { return process.env; }", "process is not defined", id="wants Node.js"),
        pytest.param("function handler() { return require('fs'); }", "require is not defined", id="wants a module"),
    ],
)
def test_a_function_that_fails(code: str, words: str) -> None:
    """The text says why, and the next one runs."""

    async def go() -> object:
        functions = ViewerFunctions()
        with pytest.raises(ViewerFunctionError, match=words):
            await functions.run(code, {})
        try:
            return await functions.run("function handler() { return 1; }", {})
        finally:
            await functions.close()

    assert asyncio.run(go()) == 1


def test_what_it_prints_is_no_answer(capfd: pytest.CaptureFixture[str]) -> None:
    """It is shown on the terminal."""
    assert run("function handler() { console.log('seen'); return 1; }", {}) == [1]
    assert "seen" in capfd.readouterr().err


def test_without_node_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ViewerFunctionError, match=r"no `node` on the PATH: install Node.js"):
        run("function handler() {}", {})


def test_a_process_that_ends_is_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One that gives no answer is an error; the next function has a process of its own."""
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\nread line\n")
    node.chmod(0o755)

    async def go() -> object:
        functions = ViewerFunctions()
        with monkeypatch.context() as patch:
            patch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
            with pytest.raises(ViewerFunctionError, match="no answer"):
                await functions.run("", {})
        try:
            return await functions.run("function handler() { return 1; }", {})
        finally:
            await functions.close()

    assert asyncio.run(go()) == 1
