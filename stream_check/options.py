"""The options that the command and pytest have in common, and the settings that they make."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stream_check.api_route import asked_by
from stream_check.cdn import DOMAIN, Cdn, Countries
from stream_check.finding import Broken, NotTried
from stream_check.outputs import CDN_URL, FUNCTION_URL, Outputs, read_outputs
from stream_check.settings import (
    API_GATEWAY,
    DEFAULT_QUESTION,
    Ask,
    Authentication,
    Budgets,
    Deployment,
    Settings,
    SettingsError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    AddOption = Callable[..., Any]

SECRET_VARIABLE = "STREAM_CHECK_SECRET"  # noqa: S105  the name of a variable
OTHER_SECRET_VARIABLE = "STREAM_CHECK_OTHER_SECRET"  # noqa: S105  likewise
CHAT_PATH = "chat"
OF_A_CDN = ("distribution", "function_url", "countries", "blocked_via", "blocked_header")


def add_options(add: AddOption) -> None:
    """Adds every option through argparse's or pytest's function."""
    names = [each.value for each in Authentication]
    add("--auth", choices=names, help="how requests show who sends them; what is deployed tells it where it is known")
    add("--terraform", metavar="ROOT", help="folder of an applied root, whose outputs name the endpoint")
    add("--output", metavar="NAME", help="the output that holds the URL, where the root has several")
    add("--region", help="AWS region; by default what the credentials' configuration says")
    add("--method", default="POST", help="method of the request that is streamed (POST)")
    add("--path", default=CHAT_PATH, help="its path below the URL (chat); any other isn't the chat application's")
    add("--body", help=f"its body ({{'message': '{DEFAULT_QUESTION[:20]}...'}})")
    add("--origin", help="origin of a web page that may call the endpoint")
    add("--first-byte", type=float, default=Budgets().first_byte_s, metavar="S", help="budget in seconds (%(default)s)")
    add(
        "--first-token",
        type=float,
        default=Budgets().first_token_s,
        metavar="S",
        help="budget in seconds (%(default)s)",
    )
    add("--silent-model", metavar="ID", help="a model that is silent for longer than the heartbeat's interval")
    add("--failing-model", metavar="ID", help="a model that fails in the middle of its answer")
    add("--large-path", metavar="PATH", help="a path whose answer has more than 6 MB")
    add("--long-path", metavar="PATH", help="a path whose answer takes more than five minutes")
    add("--history", action="store_true", help="the endpoint must keep conversations; a root's outputs tell it too")
    add(
        "--other-profile",
        metavar="NAME",
        help="AWS profile of another caller, who must not read this one's conversations",
    )
    add("--function", metavar="NAME", help="the deployed function, whose configuration is read through boto3")
    add("--qualifier", metavar="ALIAS", help="its alias, where the URL is for one")
    add("--rest-api", metavar="ID", help="the deployed REST API")
    _add_cdn_options(add)


def _add_cdn_options(add: AddOption) -> None:
    add("--distribution", metavar="ID", help="the CloudFront distribution that the URL leads to")
    add("--function-url", metavar="URL", help="the Function URL behind a CDN, which must be closed")
    add("--countries", metavar="LIST", help="whom a CDN must let in: allow=CZ,SK or deny=US or all")
    add("--blocked-via", metavar="PROXY", help="a proxy in a country that a CDN must shut out")
    add(
        "--blocked-header",
        metavar="HEADER",
        help="a header that stands for such a country: 'x-test-country: US' on the local AWS",
    )


def settings_of(url: str | None, get: Callable[[str], Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that options make; `get` returns an option by its name with underscores.

    Raises:
        SettingsError: something is missing or contradicts; the text says what to do.
    """
    outputs = _outputs(url, get, environment)
    endpoint = outputs.endpoint(get("output")) if url is None else ""
    cdn = _cdn(url, endpoint, get, outputs)
    # A root may have both: what is known of its API says nothing about its function's URL.
    api_output = None if cdn or endpoint == FUNCTION_URL else outputs.text("rest_api_id")
    settings = Settings(
        url=_with_slash(url or str(outputs.values[endpoint])),
        authentication=Authentication(get("auth") or Authentication.NONE),
        secret=environment.get(SECRET_VARIABLE),
        region=get("region"),
        ask=_ask(get),
        is_chat=get("path").strip("/") == CHAT_PATH,
        budgets=Budgets(first_byte_s=get("first_byte"), first_token_s=get("first_token")),
        origin=get("origin"),
        silent_model=get("silent_model"),
        failing_model=get("failing_model"),
        large_path=get("large_path"),
        long_path=get("long_path"),
        deployment=Deployment(
            function=get("function") or outputs.text("function_name"),
            qualifier=get("qualifier"),
            rest_api_id=get("rest_api") or api_output,
        ),
        cdn=cdn,
        keeps_history=bool(get("history") or outputs.text("chat_table_name")),
        other_profile=get("other_profile"),
        other_secret=environment.get(OTHER_SECRET_VARIABLE),
    )
    return settings if get("auth") else replace(settings, authentication=_deployed_authentication(settings))


def _outputs(url: str | None, get: Callable[[str], Any], environment: Mapping[str, str]) -> Outputs:
    """Those of the root that is named; else, where no URL is given, what the environment holds of one."""
    if get("terraform"):
        return read_outputs(Path(get("terraform")), environment)
    outputs = Outputs({}) if url else read_outputs(None, environment)
    if url is None and not outputs.values:
        raise SettingsError("Give the URL of an endpoint, or --terraform ROOT.")
    return outputs


def _cdn(url: str | None, endpoint: str, get: Callable[[str], Any], outputs: Outputs) -> Cdn | None:
    """The distribution, when the output is one's URL, when its id is given, and on CloudFront's own domain."""
    given = [name for name in OF_A_CDN if get(name)]
    if not (endpoint == CDN_URL or get("distribution") or (url and _leads_to_cloudfront(url, outputs))):
        if given:
            raise SettingsError(f"--{given[0].replace('_', '-')} is for a CDN: name it with --distribution ID.")
        return None
    return Cdn(
        distribution=get("distribution") or outputs.text("cdn_distribution_id"),
        function_url=get("function_url") or outputs.text(FUNCTION_URL),
        countries=_countries(get("countries")),
        blocked_via=get("blocked_via"),
        blocked_header=_header(get("blocked_header")),
    )


def _leads_to_cloudfront(url: str, outputs: Outputs) -> bool:
    known = outputs.text(CDN_URL)
    return (urlsplit(url).hostname or "").endswith(DOMAIN) or (known is not None and _with_slash(url) == known)


def _countries(text: str | None) -> Countries | None:
    try:
        return None if text is None else Countries.parse(text)
    except ValueError:
        raise SettingsError(f"--countries {text}: use allow=CZ,SK or deny=US or all, with ISO 3166-1 codes.") from None


def _header(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    name, colon, value = text.partition(":")
    if not (colon and name.strip() and value.strip()):
        raise SettingsError(f"--blocked-header {text}: use 'name: value'.")
    return name.strip(), value.strip()


def _ask(get: Callable[[str], Any]) -> Ask:
    body = get("body")
    if body is not None and not _is_json(body):
        raise SettingsError("--body must be JSON.")
    default = Ask()
    if get("method") == "GET":
        return Ask("GET", get("path"), None)
    return Ask(get("method"), get("path"), default.body if body is None else body.encode())


def _deployed_authentication(settings: Settings) -> Authentication:
    """What is asked for: by a CDN nothing, by an API what its method does, by a URL what its configuration does."""
    if settings.cdn:
        return Authentication.NONE
    is_api = settings.service == API_GATEWAY
    if (settings.deployment.rest_api_id if is_api else settings.deployment.function) is None:
        raise SettingsError(f"Say how requests show who sends them: --auth {'|'.join(Authentication)}.")
    from stream_check.deployed import Deployed  # noqa: PLC0415  boto3 costs every command half a second

    deployed = Deployed(settings)
    try:
        if is_api:
            return asked_by(deployed.asked_method)
        return Authentication.IAM if deployed.url["AuthType"] == "AWS_IAM" else Authentication.NONE
    except (Broken, NotTried) as error:
        raise SettingsError(f"What the endpoint asks for can't be read ({error}): give --auth.") from error


def _with_slash(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
