"""`examples/custom-handler`: code of one's own, packaged at apply, and what its clients see."""

import itertools
import json
import re
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import pytest
import sseclient
from playwright.sync_api import Error as PlaywrightError

from support.browser import OpenTab, Site
from support.client import Client
from support.functions import package
from support.packages import write_wheel
from support.terraform import Root
from support.waiting import eventually

FUNCTION = "module.stream.module.function.aws_lambda_function.streaming"
README = Path(__file__).parents[2] / "examples" / "custom-handler" / "README.md"
README_URL = "https://abc123.lambda-url.us-east-1.on.aws/"
BUILD = "module.stream.module.package.terraform_data.build[0]"
ROWS = 1_000_000


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root], site: Site) -> Root:
    settings = {"authorization_type": "NONE", "reserved_concurrent_executions": 10}
    return make_root("custom-handler", allow_origins=[site.origin], **settings)


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture
def client(outputs: dict[str, Any]) -> Client:
    return Client(outputs["function_url"])


@pytest.fixture
def log(api: Callable[[str], Any], outputs: dict[str, Any]) -> Callable[[], str]:
    """What the function has logged so far."""

    def read() -> str:
        events = api("logs").filter_log_events(logGroupName=outputs["log_group_name"])["events"]
        return "\n".join(event["message"] for event in events)

    return read


def archives(root: Root) -> list[Path]:
    return sorted((root.folder / ".terraform" / "bedrock-stream").rglob("*.zip"))


def test_words_arrive_one_by_one(client: Client) -> None:
    """As they are said, not together at the end."""
    with client.send("POST", "/words", {"sentence": "one word at a time"}) as response:
        pieces = [(piece, time.monotonic()) for piece in response.iter_content(chunk_size=None)]
    assert [piece for piece, _ in pieces] == [b"one ", b"word ", b"at ", b"a ", b"time "]
    assert all(later - earlier > 0.05 for (_, earlier), (_, later) in itertools.pairwise(pieces))


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("POST", "/words", b"no JSON", 400, "The body must be JSON."),
        ("POST", "/words", ["a list"], 400, "The body must be a JSON object."),
        ("POST", "/words", {"sentence": " "}, 400, "sentence must be a text with at least one word."),
        ("POST", "/progress", {"steps": "many"}, 400, "steps must be a whole number from 1 to 100."),
        ("GET", "/stream?format=xml", None, 400, "format must be one of sse, jsonl, text."),
        ("GET", "/export?rows=0", None, 400, f"rows must be a whole number from 1 to {ROWS}."),
        ("GET", "/words", None, 405, "Use POST."),
        ("GET", "/nowhere", None, 404, "There are POST /words, GET /stream, POST /progress, GET /export."),
    ],
)
def test_what_is_wrong_is_said_with_a_status(  # noqa: PLR0913, PLR0917 - a case of five
    client: Client, method: str, path: str, body: object, status: int, message: str
) -> None:
    """Before anything streams."""
    with client.send(method, path, body) as response:
        assert (response.status_code, response.json()["error"]["message"]) == (status, message)


def test_server_sent_events_are_what_an_event_source_reads(outputs: dict[str, Any]) -> None:
    """Two parsers that are not ours agree; `done` tells the page to close, lest the browser connect again."""
    url = f"{outputs['function_url']}stream?format=sse&count=3"
    with httpx.Client(timeout=30) as http, httpx_sse.connect_sse(http, "GET", url) as source:
        events = [(event.event, event.id, event.json()) for event in source.iter_sse()]
    assert events == [
        ("message", "1", {"n": 1, "of": 3}),
        ("message", "2", {"n": 2, "of": 3}),
        ("message", "3", {"n": 3, "of": 3}),
        ("done", "3", {}),
    ]
    with httpx.Client(timeout=30) as http, http.stream("GET", url) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        again = [(event.event, event.id, json.loads(event.data)) for event in _events(response)]
    assert [(name, data) for name, _, data in again] == [(name, data) for name, _, data in events]


def _events(response: httpx.Response) -> Iterator[Any]:
    found: Iterator[Any] = sseclient.SSEClient(response.iter_bytes()).events()
    return found


def test_the_readmes_page_counts_in_a_browser(outputs: dict[str, Any], site: Site, open_tab: OpenTab) -> None:
    """As it stands there, served from an origin of its own: each tick once, then the page closes."""
    (page,) = re.findall("```html\n(.*?)```", README.read_text(), re.DOTALL)
    assert README_URL in page
    site.pages["/ticks"] = page.replace(README_URL, outputs["function_url"])
    tab = open_tab(f"{site.origin}/ticks")
    tab.page.wait_for_function("source.readyState === EventSource.CLOSED")
    assert (tab.console, tab.errors) == (["1", "2", "3", "4", "5"], [])


READ_EVENTS = """
(url) => new Promise((resolve) => {
  const seen = [];
  const source = new EventSource(url);
  const note = (event) => seen.push([event.type, event.lastEventId, event.data, performance.now()]);
  const end = (event) => { note(event); source.close(); resolve(seen); };
  source.onmessage = note;
  source.onerror = end;
  source.addEventListener("done", end);
})
"""


def test_each_event_reaches_a_page_when_it_happens(outputs: dict[str, Any], site: Site, open_tab: OpenTab) -> None:
    """Through a browser's own EventSource: not together at the end, which is seen as the last of them."""
    events = open_tab(site.origin).run(READ_EVENTS, f"{outputs['function_url']}stream?format=sse&count=4")
    assert [(name, number, json.loads(data)) for name, number, data, _ in events] == [
        *[("message", str(n), {"n": n, "of": 4}) for n in (1, 2, 3, 4)],
        ("done", "4", {}),
    ]
    moments = [moment for *_, moment in events]
    pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert min(pauses) >= 0
    # Each is 200 ms. A browser that had to wait for the processor may see two events at once, but not all of them.
    assert sum(pause > 50 for pause in pauses) >= 2


POST_JSON = """
async ({ url, method = "POST", headers = {} }) => {
  const body = JSON.stringify({ sentence: "one word at a time" });
  const response = await fetch(url, { method, body, headers: { "content-type": "application/json", ...headers } });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const pieces = [];
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) pieces.push(piece.value);
  return pieces;
}
"""


def test_a_page_may_post_json(outputs: dict[str, Any], site: Site, open_tab: OpenTab, log: Callable[[], str]) -> None:
    """The URL answers the preflight by itself, the function runs once, and each header of CORS comes once."""
    url, runs_before = f"{outputs['function_url']}words", _runs(log())
    tab = open_tab(site.origin)
    with tab.page.expect_response(url) as response:
        pieces = tab.run(POST_JSON, {"url": url})
    assert "".join(pieces) == "one word at a time "
    assert len(pieces) >= 3
    (preflight,) = tab.preflights
    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (200, site.origin)
    eventually(lambda: _runs(log()) > runs_before)
    assert _runs(log()) == runs_before + 1
    headers = [(header["name"].lower(), header["value"]) for header in response.value.headers_array()]
    assert [header for header in headers if header[0] in {"access-control-allow-origin", "vary"}] == [
        ("access-control-allow-origin", site.origin),
        ("vary", "Origin"),
    ]
    assert tab.errors == []


def _runs(log: str) -> int:
    return len(re.findall("^START", log, re.MULTILINE))


@pytest.mark.parametrize(
    "change",
    [{"method": "PUT"}, {"headers": {"x-team": "blue"}}],
    ids=["a method that is not allowed", "a header that is not allowed"],
)
def test_a_browser_refuses_what_the_url_does_not_allow(
    outputs: dict[str, Any], site: Site, open_tab: OpenTab, change: dict[str, object]
) -> None:
    """Before it sends the request."""
    tab = open_tab(site.origin)
    with pytest.raises(PlaywrightError, match="Failed to fetch"):
        tab.run(POST_JSON, {"url": f"{outputs['function_url']}words", **change})
    assert "is not allowed by Access-Control-Allow-" in tab.errors[0]


def test_a_page_of_another_origin_is_refused(outputs: dict[str, Any], open_tab: OpenTab) -> None:
    """It may neither post nor listen, and the console says that it is CORS."""
    with Site() as stranger:
        tab = open_tab(stranger.origin)
        with pytest.raises(PlaywrightError, match="Failed to fetch"):
            tab.run(POST_JSON, {"url": f"{outputs['function_url']}words"})
        ((name, *_),) = tab.run(READ_EVENTS, f"{outputs['function_url']}stream?format=sse")
    assert name == "error"
    blocked = [text for text in tab.errors if "blocked by CORS policy" in text]
    assert len(blocked) == 2
    assert all(f"from origin '{stranger.origin}'" in text for text in blocked)


def test_json_lines_and_text_say_the_same(client: Client) -> None:
    """In their own content types."""
    with client.send("GET", "/stream?format=jsonl&count=2") as response:
        assert response.headers["content-type"] == "application/jsonl"
        assert [json.loads(line) for line in response.iter_lines()] == [{"n": 1, "of": 2}, {"n": 2, "of": 2}]
    with client.send("GET", "/stream?format=text&count=2") as response:
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert response.text == "1 of 2\n2 of 2\n"


def test_a_job_reports_how_far_it_is(outputs: dict[str, Any]) -> None:
    """Started, each step, complete; each when it happens."""
    events = list(_progress(outputs["function_url"], {"steps": 3}))
    assert [(name, data) for name, data, _ in events] == [
        ("started", {"steps": 3}),
        *[("progress", {"n": n, "of": 3}) for n in (1, 2, 3)],
        ("complete", {"files": 3}),
    ]
    assert events[3][2] - events[0][2] > 0.15


def test_a_failing_job_says_so_in_the_stream_and_cleans_up(outputs: dict[str, Any], log: Callable[[], str]) -> None:
    """The status was 200 long ago; the log has the error and shows that `finally` ran."""
    events = list(_progress(outputs["function_url"], {"steps": 3, "fail_at": 2}))
    assert [(name, data) for name, data, _ in events] == [
        ("started", {"steps": 3}),
        ("progress", {"n": 1, "of": 3}),
        ("error", {"message": "step 2 failed, as asked"}),
    ]
    eventually(lambda: "RuntimeError: step 2 failed, as asked" in log())
    text = log()
    folders = re.findall(r"cleaned up (\S+)", text)
    assert folders
    assert not any(Path(folder).exists() for folder in folders)


def _progress(url: str, body: dict[str, int]) -> Iterator[tuple[str, dict[str, Any], float]]:
    with (
        httpx.Client(timeout=30) as http,
        httpx_sse.connect_sse(http, "POST", f"{url}progress", json=body) as source,
    ):
        assert source.response.status_code == 200
        for event in source.iter_sse():
            yield event.event, event.json(), time.monotonic()


def test_a_million_rows_leave_in_constant_memory(client: Client, log: Callable[[], str]) -> None:
    """All of them, in order, from a function that never holds more than a few."""
    with client.send("GET", "/export") as response:
        assert response.headers["content-type"] == "application/x-ndjson"
        assert response.headers["content-disposition"] == 'attachment; filename="export.ndjson"'
        count = 0
        for n, line in enumerate(response.iter_lines(chunk_size=1 << 20)):
            assert line == b'{"n":%d,"square":%d}' % (n, n * n)
            count += 1
        assert (count, json.loads(line)) == (ROWS, {"n": ROWS - 1, "square": (ROWS - 1) ** 2})
    eventually(lambda: len(_peaks(log())) >= _runs(log()))
    assert max(_peaks(log())) < 60


def _peaks(log: str) -> list[int]:
    return [int(megabytes) for megabytes in re.findall(r"Max Memory Used: (\d+) MB", log)]


def test_nothing_of_the_application_is_deployed(root: Root, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """Without a model: neither its code, nor its settings, nor a policy for it."""
    (archive,) = archives(root)
    with zipfile.ZipFile(archive) as opened:
        assert {name.split("/")[0] for name in opened.namelist()} - {"__pycache__"} == {
            *("answers.py", "app.py", "export.py", "formats.py", "progress.py", "words.py"),
            *("bootstrap", "lambda_stream"),
        }
    function = api("lambda").get_function(FunctionName=outputs["function_name"])["Configuration"]
    assert not [name for name in function["Environment"]["Variables"] if name.startswith("BEDROCK")]
    role = function["Role"].rpartition("/")[2]
    documents = [
        api("iam").get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in api("iam").list_role_policies(RoleName=role)["PolicyNames"]
    ]
    assert "bedrock" not in json.dumps(documents)


@pytest.mark.soak
def test_an_archive_that_is_gone_is_built_again(root: Root, client: Client) -> None:
    """As on another machine: the function stays as it is, and nothing is left to do afterwards."""
    assert root.plan_is_empty()
    (before,) = archives(root)
    content = before.read_bytes()
    shutil.rmtree(before.parent)
    assert root.planned() == {BUILD: ["delete", "create"]}
    root.apply()
    (after,) = archives(root)
    assert (after, after.read_bytes()) == (before, content)
    assert root.plan_is_empty()
    with client.send("GET", "/stream?format=text&count=1") as response:
        assert response.text == "1 of 1\n"


@pytest.mark.soak
@pytest.mark.usefixtures("outputs")
def test_a_function_that_is_replaced_gets_its_archive_too(root: Root) -> None:
    """A checkout without archives can make the function anew."""
    shutil.rmtree(archives(root)[0].parent)
    root.variables["name"] = "renamed"
    planned = root.planned()
    assert (planned[FUNCTION], planned[BUILD]) == (["delete", "create"], ["delete", "create"])
    url = root.apply()["function_url"]
    with Client(url).send("GET", "/stream?format=text&count=1") as response:
        assert response.text == "1 of 1\n"
    assert root.plan_is_empty()


def test_changed_code_and_requirements_are_one_update(root: Root) -> None:
    """Planned by what is in the files; the new code runs, with what it requires."""
    source = root.folder / "src"
    write_wheel(source / "wheels", "shout", "1.0", {"shout.py": "def loud(text):\n    return text.upper()\n"})
    (source / "requirements.txt").write_text("./wheels/shout-1.0-py3-none-any.whl\n")
    (source / ".env").write_text("SECRET=1\n")
    words = source / "words.py"
    words.write_text(words.read_text().replace('f"{word} "', '__import__("shout").loud(f"{word} ")'))
    main = root.folder / "main.tf"
    line = 'handler    = "app.handler"'
    main.write_text(main.read_text().replace(line, f'{line}\nrequirements = "${{path.module}}/src/requirements.txt"'))
    assert root.planned() == {FUNCTION: ["update"], BUILD: ["delete", "create"]}
    url = root.apply()["function_url"]
    with Client(url).send("POST", "/words", {"sentence": "one word"}) as response:
        assert response.text == "ONE WORD "
    assert root.plan_is_empty()


@pytest.mark.soak
def test_a_saved_plan_is_applied_where_no_archive_is(root: Root, tmp_path: Path) -> None:
    """Planned on one machine with a change, applied on another."""
    words = root.folder / "src" / "words.py"
    words.write_text(f"{words.read_text()}\n# changed\n")
    root.save_plan(tmp_path / "plan")
    shutil.rmtree(root.folder / ".terraform" / "bedrock-stream")
    root.apply_plan(tmp_path / "plan")
    assert len(archives(root)) == 1
    assert root.plan_is_empty()


@pytest.mark.soak
def test_a_saved_plan_is_applied_where_an_archive_has_appeared(root: Root, tmp_path: Path) -> None:
    """Planned in a clean checkout, applied where an earlier build left one."""
    folder = root.folder / ".terraform" / "bedrock-stream"
    kept = folder.rename(tmp_path / "kept")
    root.save_plan(tmp_path / "plan")
    kept.rename(folder)
    root.apply_plan(tmp_path / "plan")
    assert root.plan_is_empty()


@pytest.mark.soak
@pytest.mark.usefixtures("outputs")
def test_an_archive_of_ones_own_is_deployed_as_it_is(root: Root, api: Callable[[str], Any]) -> None:
    """From a file, then from S3; nothing is built any more."""
    main = root.folder / "main.tf"
    main.write_text(re.sub(r"^ *(source_dir|requirements) *=.*\n", "", main.read_text(), flags=re.MULTILINE))
    line = 'handler    = "app.handler"'
    own = 'package = { filename = "own.zip" }'
    stored = 'package = { s3 = { bucket = "artifacts", key = "own.zip" } }'
    main.write_text(main.read_text().replace(line, f"{line}\n{own}"))
    (root.folder / "own.zip").write_bytes(package("def handler(event, context):\n    yield 'from a file'\n"))
    assert root.planned() == {FUNCTION: ["update"], BUILD: ["delete"]}
    client = Client(root.apply()["function_url"])
    assert client.send("GET", "/").text == "from a file"
    assert root.plan_is_empty()

    api("s3").create_bucket(Bucket="artifacts")
    content = package("def handler(event, context):\n    yield 'from S3'\n")
    api("s3").put_object(Bucket="artifacts", Key="own.zip", Body=content)
    main.write_text(main.read_text().replace(own, stored))
    assert root.planned() == {FUNCTION: ["update"]}
    root.apply()
    assert client.send("GET", "/").text == "from S3"
    assert root.plan_is_empty()
