"""What a run is told, and by what."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stream_check.cdn import Cdn, Countries, Listing
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


CDN = {
    "TF_OUTPUT_CDN_URL": "https://d1.cloudfront.net/",
    "TF_OUTPUT_CDN_DISTRIBUTION_ID": "E1",
    "TF_OUTPUT_REST_API_ID": "abc",
    "CDN_URL": "http://127.0.0.1:3/",
}


def test_where_there_is_a_cdn_it_is_the_endpoint() -> None:
    """The URL behind it is closed, and is what must be so; nobody signs."""
    found = settings(None, {**ONE, **CDN}, terraform="/nowhere")
    assert (found.url, found.authentication, found.deployment.rest_api_id) == (
        CDN["CDN_URL"],
        Authentication.NONE,
        None,
    )
    assert found.cdn == Cdn(distribution="E1", function_url=URL)
    behind = settings(None, {**ONE, **CDN}, terraform="/nowhere", output="function_url", auth="iam")
    assert (behind.url, behind.cdn) == (f"{URL}/", None)


@pytest.mark.parametrize(
    ("environment", "options", "keeps"),
    [
        (ONE, {}, False),
        (ONE, {"history": True}, True),
        ({**ONE, "TF_OUTPUT_CHAT_TABLE_NAME": "null"}, {}, False),
        ({**ONE, "TF_OUTPUT_CHAT_TABLE_NAME": "chat-history"}, {}, True),
    ],
)
def test_whether_conversations_must_be_kept(environment: dict[str, str], options: dict[str, Any], keeps: bool) -> None:
    """An option says it, or the root's table does; another caller comes along."""
    other = {"STREAM_CHECK_OTHER_SECRET": SECRET}
    found = settings(None, {**environment, **other}, auth="iam", other_profile="other", **options)
    assert (found.keeps_history, found.other_profile, found.other_secret) == (keeps, "other", SECRET)
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("url", "options", "distribution"),
    [
        ("https://d1.cloudfront.net", {}, None),
        ("https://d1.cloudfront.net", {"terraform": "/nowhere"}, "E1"),
        ("https://chat.example.com", {"distribution": "E2"}, "E2"),
        ("http://127.0.0.1:3", {"terraform": "/nowhere"}, "E1"),
    ],
)
def test_a_url_may_lead_to_a_cdn(url: str, options: dict[str, Any], distribution: str | None) -> None:
    """By its domain, by the id that is given, or because it is the root's."""
    found = settings(url, {**ONE, **CDN}, **options)
    assert found.cdn is not None
    assert found.cdn.distribution == distribution


def test_what_a_cdn_must_do_is_said() -> None:
    """Whom it lets in, and from where somebody must be shut out."""
    options: dict[str, Any] = {
        "countries": "deny=US,RU",
        "blocked_header": "x-test-country: US",
        "blocked_via": "http://proxy:1",
    }
    found = settings("https://d1.cloudfront.net", function_url="https://b", **options)
    assert found.cdn == Cdn(
        function_url="https://b",
        countries=Countries(Listing.DENY, frozenset({"RU", "US"})),
        blocked_via="http://proxy:1",
        blocked_header=("x-test-country", "US"),
    )


@pytest.mark.parametrize(
    ("url", "options", "said"),
    [
        (URL, {"auth": "iam", "countries": "all"}, "--countries is for a CDN: name it with --distribution"),
        (URL, {"auth": "iam", "blocked_via": "http://p"}, "--blocked-via is for a CDN"),
        ("https://d1.cloudfront.net", {"auth": "iam"}, "--auth iam proves nothing"),
        ("https://d1.cloudfront.net", {"countries": "CZ"}, "--countries CZ: use allow=CZ,SK"),
        ("https://d1.cloudfront.net", {"countries": "allow=cz"}, "--countries allow=cz: use"),
        ("https://d1.cloudfront.net", {"countries": "allow="}, "--countries allow=: use"),
        ("https://d1.cloudfront.net", {"countries": "all=CZ"}, "--countries all=CZ: use"),
        ("https://d1.cloudfront.net", {"countries": ""}, "--countries : use"),
        ("https://d1.cloudfront.net", {"blocked_header": "US"}, "--blocked-header US: use 'name: value'"),
        ("https://d1.cloudfront.net", {"blocked_header": "a: "}, "--blocked-header a: : use"),
    ],
)
def test_what_is_wrong_with_a_cdn_is_said(url: str, options: dict[str, Any], said: str) -> None:
    """With what to give."""
    with pytest.raises(SettingsError, match=re.escape(said)):
        settings(url, **options)


@pytest.mark.parametrize(
    ("restriction", "text"),
    [
        ({"RestrictionType": "whitelist", "Quantity": 2, "Items": ["SK", "CZ"]}, "allow=CZ,SK"),
        ({"RestrictionType": "blacklist", "Quantity": 1, "Items": ["US"]}, "deny=US"),
        ({"RestrictionType": "none", "Quantity": 0}, "all"),
    ],
)
def test_a_distributions_list_reads_as_the_option_is_written(restriction: dict[str, Any], text: str) -> None:
    """So that what is shown can be given."""
    found = Countries.of_distribution({"Restrictions": {"GeoRestriction": restriction}})
    assert (str(found), Countries.parse(text)) == (text, found)


def test_the_environment_is_enough() -> None:
    """That of `localaws run`, or of a pipeline, needs neither URL nor root; a URL that is given wins."""
    assert settings(None, {**ONE, **CDN}).url == CDN["CDN_URL"]
    assert settings(None, {"FUNCTION_URL": "http://127.0.0.1:1/"}, auth="none").url == "http://127.0.0.1:1/"
    given = settings("http://127.0.0.1:9/", {**ONE, **CDN}, auth="none")
    assert (given.url, given.cdn, given.deployment.function) == ("http://127.0.0.1:9/", None, None)


def test_a_root_that_is_not_applied_has_no_outputs(tmp_path: Path) -> None:
    """Terraform's own answer for it is an empty object."""
    with pytest.raises(SettingsError, match="is it applied"):
        read_outputs(tmp_path, {})


def test_the_longest_answer_may_take_as_long_as_on_aws() -> None:
    """Fifteen minutes: a check of long answers needs more than five."""
    assert Budgets().total_s == 15 * 60
