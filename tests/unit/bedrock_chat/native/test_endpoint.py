"""Where Bedrock is: the same place as for boto3."""

import botocore.session
import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from bedrock_chat.native.endpoint import Endpoint, bedrock_endpoint, parse_url, region_of
from bedrock_chat.native.errors import WrongEnvironment

PARTITIONS = Loader().load_data("partitions")
RULES = EndpointProvider(Loader().load_service_model("bedrock-runtime", "endpoint-rule-set-1"), PARTITIONS)
SESSION = botocore.session.Session()
REGIONS = sorted(
    {
        region
        for partition in PARTITIONS["partitions"]
        for region in partition["regions"]
        if not region.endswith("-global")
    }
    | {
        region
        for partition in SESSION.get_available_partitions()
        for region in SESSION.get_available_regions("bedrock-runtime", partition)
    }
    | {"mx-new-7", "us-gov-new-1", "xx-unheard-of-1"}
)
VARIANTS = "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"


def url_of(endpoint: Endpoint) -> str:
    return f"{'https' if endpoint.secure else 'http'}://{endpoint.authority}{endpoint.path}"


def test_there_are_regions_to_try() -> None:
    """Of every partition."""
    assert len(REGIONS) > 50
    assert len(PARTITIONS["partitions"]) >= 8


@pytest.mark.parametrize("fips", ["false", "TRUE"])
@pytest.mark.parametrize("dual_stack", ["", "true"])
@pytest.mark.parametrize("region", REGIONS)
def test_a_regions_endpoint_is_the_one_of_botocores_rules(region: str, fips: str, dual_stack: str) -> None:
    """In every partition, in each variant."""
    expected = RULES.resolve_endpoint(Region=region, UseFIPS=fips == "TRUE", UseDualStack=dual_stack == "true").url
    endpoint = bedrock_endpoint(dict(zip(VARIANTS, (fips, dual_stack), strict=True)), region)
    assert url_of(endpoint) == expected
    assert endpoint.amazon_signed is (endpoint.host.endswith((".amazonaws.com", ".api.aws")))


OWN, ALL, IGNORED = "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
CONFIGURED: dict[str, dict[str, str]] = {
    "nothing": {},
    "for Bedrock": {OWN: "http://127.0.0.1:4000"},
    "for all services": {ALL: "https://aws.example/prefix"},
    "for both": {OWN: "http://bedrock.example", ALL: "http://all.example"},
    "empty for Bedrock": {OWN: "", ALL: "http://all.example"},
    "ignored": {OWN: "http://bedrock.example", ALL: "http://all.example", IGNORED: "True"},
    "not ignored": {OWN: "http://bedrock.example", IGNORED: "no"},
    "fips": {"AWS_USE_FIPS_ENDPOINT": "true"},
    "fips and ignored": {"AWS_USE_FIPS_ENDPOINT": "true", OWN: "http://bedrock.example", IGNORED: "true"},
}


@pytest.mark.parametrize("variables", CONFIGURED.values(), ids=CONFIGURED)
def test_variables_count_as_they_do_for_boto3(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Bedrock's own before the one for all services, and none where they are ignored."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    client = botocore.session.Session().create_client("bedrock-runtime", "eu-central-1")
    assert url_of(bedrock_endpoint(variables, "eu-central-1")) == client.meta.endpoint_url


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_endpoint_of_ones_own_has_no_variants(variant: str) -> None:
    """As botocore's rules have it; the message names both variables."""
    with pytest.raises(BotoCoreError):
        RULES.resolve_endpoint(
            Region="us-east-1", Endpoint="http://h", UseFIPS="FIPS" in variant, UseDualStack="DUAL" in variant
        )
    with pytest.raises(WrongEnvironment, match=f"{variant} and {ALL} are both set"):
        bedrock_endpoint({variant: "true", ALL: "http://h"}, "us-east-1")


URLS: dict[str, tuple[str, bool, str, int, str, str]] = {
    "a name": ("https://Bedrock.Example", True, "bedrock.example", 443, "", "bedrock.example"),
    "plain": ("HTTP://h/", False, "h", 80, "/", "h"),
    "a port": ("http://h:8080", False, "h", 8080, "", "h:8080"),
    "the usual port": ("https://h:443/a/b", True, "h", 443, "/a/b", "h"),
    "the other usual port": ("https://h:80", True, "h", 80, "", "h:80"),
    "no port after all": ("http://h:", False, "h", 80, "", "h"),
    "an address": ("http://127.0.0.1:1", False, "127.0.0.1", 1, "", "127.0.0.1:1"),
    "a long address": ("http://[::1]:65535/x?y=z", False, "::1", 65_535, "/x?y=z", "[::1]:65535"),
    "a long address alone": ("https://[fd00:ec2::23]", True, "fd00:ec2::23", 443, "", "[fd00:ec2::23]"),
}


@pytest.mark.parametrize(("url", "secure", "host", "port", "path", "authority"), URLS.values(), ids=URLS)
def test_a_url_is_read(url: str, secure: bool, host: str, port: int, path: str, authority: str) -> None:  # noqa: PLR0913, PLR0917 - a URL's parts
    """With the port that its scheme means."""
    endpoint = parse_url(url, "X")
    assert (endpoint.secure, endpoint.host, endpoint.port, endpoint.path) == (secure, host, port, path)
    assert (endpoint.authority, endpoint.amazon_signed) == (authority, False)


@pytest.mark.parametrize(
    "url",
    ["", "h", "//h", "ftp://h", "http://", "http:///path", "http://h:0", "http://h:65536", "http://h:x", "http://h:-1",
     "http://user@h", "http://user:secret@h", "http://h#fragment", "http://h/#fragment", "http://h/a b", "http://h/\r\n",
     "http://h\n", "http://hä", "http://h/ä", "http://[::1", "http://[h]", "http://[::1]x", "http://[::1]:x",
     "http://::1", "http://h:9999999"],
)  # fmt: skip
def test_what_is_no_url_is_refused(url: str) -> None:
    """The message names the variable and shows what it holds."""
    with pytest.raises(WrongEnvironment, match=r"^X must be a URL such as https://host:8443/path, not "):
        parse_url(url, "X")


def test_an_endpoint_has_no_query() -> None:
    """A request's path comes after it."""
    with pytest.raises(WrongEnvironment, match=f"{ALL} must be a URL without a query, not 'http://h/\\?a'"):
        bedrock_endpoint({ALL: "http://h/?a"}, "us-east-1")
    assert bedrock_endpoint({ALL: "http://h/a/"}, "us-east-1").path == "/a"


@given(st.text())
def test_any_text_is_a_url_or_is_refused(text: str) -> None:
    """With no other error."""
    for url in (text, f"http://{text}", f"http://h/{text}", f"http://[{text}"):
        try:
            endpoint = parse_url(url, "X")
        except WrongEnvironment:
            continue
        assert endpoint.host
        assert not {"\r", "\n", " "} & set(endpoint.authority + endpoint.path)


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "us-east-1"}, "eu-west-1"),
        ({"AWS_REGION": "us-east-1"}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "", "AWS_REGION": "us-east-1"}, "us-east-1"),
    ],
)
def test_the_region_is_boto3s(variables: dict[str, str], region: str) -> None:
    """And AWS_REGION where boto3 would find none."""
    assert region_of(variables) == region


@pytest.mark.parametrize("region", ["a.b", "a/b", "-a", "a-", "ä", "a b", "a" * 64, "evil.example/?"])
def test_a_region_must_be_part_of_a_hosts_name(region: str) -> None:
    """It decides who gets the request."""
    with pytest.raises(WrongEnvironment, match="is none: set AWS_DEFAULT_REGION"):
        region_of({"AWS_REGION": region})


def test_without_a_region_nothing_can_be_called() -> None:
    """The message says which variables to set."""
    with pytest.raises(WrongEnvironment, match="neither AWS_DEFAULT_REGION nor AWS_REGION is set"):
        region_of({})
