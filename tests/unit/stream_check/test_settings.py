"""What a run is told, and by what."""

import json
from pathlib import Path
from typing import Any

import pytest

from stream_check.options import add_options, settings_of
from stream_check.outputs import read_outputs
from stream_check.settings import Authentication, Budgets, Settings, SettingsError

SECRET = "a word"  # noqa: S105  it opens nothing
URL = "https://abc.lambda-url.us-east-1.on.aws"


def settings(url: str | None = URL, environment: dict[str, str] | None = None, **options: Any) -> Settings:
    """As the command makes them of `options`."""
    values: dict[str, Any] = {}

    def add(name: str, **about: Any) -> None:
        values[name.strip("-").replace("-", "_")] = about.get("default")

    add_options(add)
    return settings_of(url, {**values, **options}.__getitem__, environment or {})


def test_a_url_and_how_to_ask_are_enough() -> None:
    """The chat application's question, by default."""
    found = settings(auth="iam")
    assert (found.url, found.authentication, found.service, found.is_chat) == (
        f"{URL}/",
        Authentication.IAM,
        "lambda",
        True,
    )
    assert (found.ask.method, found.ask.path, list(json.loads(found.ask.body or b""))) == ("POST", "chat", ["message"])


def test_another_path_is_no_chat() -> None:
    """Its events are not known; a GET has no body."""
    found = settings(auth="none", path="words", body='{"sentence": "a b"}')
    assert (found.is_chat, found.ask.path, found.ask.body) == (False, "words", b'{"sentence": "a b"}')
    assert settings(auth="none", path="stream", method="GET").ask.body is None


def test_the_service_is_that_of_the_url() -> None:
    """A signature is for one service."""
    assert settings("https://a.execute-api.us-east-1.amazonaws.com/prod", auth="iam").service == "execute-api"
    assert settings("https://api.example.com", auth="iam", rest_api="abc").service == "execute-api"
    assert settings(auth="iam", rest_api="abc").service == "lambda"


def test_a_secret_comes_from_the_environment() -> None:
    """And is not shown."""
    found = settings(auth="bearer", environment={"STREAM_CHECK_SECRET": SECRET})
    assert found.secret == SECRET
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("url", "options", "said"),
    [
        (None, {"auth": "none"}, "Give the URL"),
        ("ftp://a/", {"auth": "none"}, "no http or https URL"),
        ("https://", {"auth": "none"}, "no http or https URL"),
        ("https://user:word@a/", {"auth": "none"}, "use --auth"),
        (URL, {"auth": "api-key"}, "STREAM_CHECK_SECRET"),
        (URL, {"auth": "bearer"}, "STREAM_CHECK_SECRET"),
        (URL, {}, "--auth none|iam|api-key|bearer"),
        (URL, {"auth": "none", "body": "{"}, "--body must be JSON"),
        (None, {"auth": "none", "terraform": "/nowhere"}, "/nowhere is no folder"),
    ],
)
def test_what_is_missing_or_wrong_is_said(url: str | None, options: dict[str, Any], said: str) -> None:
    """With what to do."""
    with pytest.raises(SettingsError, match=said.replace("|", r"\|")):
        settings(url, **options)


ONE = {"TF_OUTPUT_FUNCTION_URL": URL, "TF_OUTPUT_FUNCTION_NAME": "chat", "TF_OUTPUT_REST_API_URL": "null", "OTHER": "x"}


def test_outputs_of_the_environment_win() -> None:
    """Those of a root applied elsewhere; null is none."""
    found = settings(None, ONE, auth="iam", terraform="/nowhere")
    assert (found.url, found.deployment.function, found.deployment.rest_api_id) == (f"{URL}/", "chat", None)


def test_an_endpoint_that_is_somewhere_else_is_asked_there() -> None:
    """The variable of its own name says where; one of an endpoint that the root hasn't says nothing."""
    found = read_outputs(Path("/nowhere"), {**ONE, "FUNCTION_URL": "http://127.0.0.1:1/", "CDN_URL": "http://cdn/"})
    assert found.values[found.endpoint(None)] == "http://127.0.0.1:1/"


@pytest.mark.parametrize(("output", "service"), [("function_url", "lambda"), ("rest_api_url", "execute-api")])
def test_of_a_root_with_both_each_is_signed_for_its_own_service(output: str, service: str) -> None:
    """Also where the address doesn't tell which it is."""
    local = {"FUNCTION_URL": "http://127.0.0.1:1/", "REST_API_URL": "http://127.0.0.1:2/prod/"}
    both = {**ONE, "TF_OUTPUT_REST_API_URL": "https://api/", "TF_OUTPUT_REST_API_ID": "abc", **local}
    found = settings(None, both, auth="iam", terraform="/nowhere", output=output)
    assert (found.url, found.service) == (local[output.upper()], service)


def test_of_several_endpoints_one_is_named() -> None:
    """Else it would be chance which one is checked."""
    outputs = read_outputs(Path("/nowhere"), {**ONE, "TF_OUTPUT_REST_API_URL": "https://api/"})
    assert outputs.endpoint("rest_api_url") == "rest_api_url"
    for name in (None, "cdn_url"):
        with pytest.raises(SettingsError, match="has function_url, rest_api_url: name one of its own with --output"):
            outputs.endpoint(name)


def test_a_root_that_is_not_applied_has_no_outputs(tmp_path: Path) -> None:
    """Terraform's own answer for it is an empty object."""
    with pytest.raises(SettingsError, match="is it applied"):
        read_outputs(tmp_path, {})


def test_the_longest_answer_may_take_as_long_as_on_aws() -> None:
    """Fifteen minutes: a check of long answers needs more than five."""
    assert Budgets().total_s == 15 * 60
