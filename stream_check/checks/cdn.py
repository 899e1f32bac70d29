"""CloudFront in front of the Function URL lets in whom it must, and nobody goes around it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from stream_check.cdn import BLOCKED, HASH_HEADER
from stream_check.checks.access import INVOKE_ACTION, REFUSALS, URL_ACTION
from stream_check.checks.heartbeats import interval_of
from stream_check.finding import Broken, Failed, NotTried
from stream_check.session import FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from stream_check.recording import Recording
    from stream_check.session import Session

SERVICE = {"Service": "cloudfront.amazonaws.com"}
SOURCE_ARN = "aws:sourcearn"
OTHER_HASH = hashlib.sha256(b"another body").hexdigest()
HEALTH_PATH = "health"
UNKNOWN_PATH = "stream-check/no-such-path"


def direct_url_is_closed(session: Session) -> str:
    """A request without credentials to the Function URL behind."""
    answer = session.past_cdn
    if answer.status not in REFUSALS:
        raise Failed(
            f"{answer.url} answers {answer.status} without credentials: anyone who finds it goes around the CDN, its "
            "countries and its logs.",
            'Set function_url.authorization_type to "AWS_IAM": CloudFront signs its requests.',
        )
    return str(answer.status)


def both_grants_are_there(session: Session) -> str:
    """The function's policy lets this distribution do both, and that of a URL for signed requests has to."""
    if (action := _missing_grant(session)) is not None:
        raise Failed(
            f"The function's policy doesn't grant {action} to CloudFront for the distribution "
            f"{session.deployed.distribution_id}: every request is a 403.",
            "A grant is for one distribution, and for the alias where the URL is an alias's.",
        )
    return "both"


def is_grant_missing(session: Session) -> bool:
    """Whether CloudFront lacks one, as far as that can be read."""
    try:
        return _missing_grant(session) is not None
    except (Broken, NotTried):
        return False


def _missing_grant(session: Session) -> str | None:
    session.cdn  # noqa: B018  who asks the URL itself needs other grants
    identifier = session.deployed.distribution_id
    if session.deployed.url["AuthType"] == "NONE":
        raise NotTried("The URL behind asks nobody for a signature: see cdn.direct.")
    granted = {each["Action"] for each in session.deployed.statements if _is_for(each, identifier)}
    return next((action for action in (URL_ACTION, INVOKE_ACTION) if action not in granted), None)


def _is_for(statement: Mapping[str, Any], distribution: str) -> bool:
    conditions = [pair for keys in statement.get("Condition", {}).values() for pair in keys.items()]
    sources = [str(value) for key, value in conditions if key.lower() == SOURCE_ARN]
    return statement.get("Principal") == SERVICE and any(each.endswith(f"/{distribution}") for each in sources)


def another_body_is_refused(session: Session) -> str:
    """Without the hash of the body, or with another body's."""
    session.cdn  # noqa: B018  whoever signs by himself has hashed the body
    if session.settings.ask.body is None:
        raise NotTried("The request has no body.")
    session.stream  # noqa: B018  what is refused with the right hash says nothing about others
    if _is_open_behind(session):
        raise NotTried("The URL behind looks at no signature: see cdn.direct.")
    for how, headers in ((f"without {HASH_HEADER}", {}), ("with the hash of another body", {HASH_HEADER: OTHER_HASH})):
        answer = session.ask_unhashed(headers)
        if answer.status != FORBIDDEN:
            raise Failed(
                f"A body {how} is answered {answer.status}, and must be refused with a 403.",
                "CloudFront doesn't sign its requests: the origin access control must have the behaviour always.",
                "Something at the edge hashes bodies in its clients' place (Lambda@Edge): then this is no fault.",
            )
    return f"{FORBIDDEN} without the hash, and with another's"


def _is_open_behind(session: Session) -> bool:
    try:
        return session.past_cdn.status not in REFUSALS
    except (Broken, NotTried):
        return False


def countries_are_as_wanted(session: Session) -> str:
    """The distribution's list is the one that was given."""
    wanted, found = session.cdn.countries, session.deployed.countries
    if wanted is None:
        raise NotTried(f"The distribution lets in {found}: give --countries, which says whether that is right.")
    if found != wanted:
        raise Failed(f"The distribution lets in {found}, and must let in {wanted}.", "Set cdn.countries.")
    return str(found)


def another_country_is_shut_out(session: Session) -> str:
    """A request from there is refused by CloudFront itself, because of its country."""
    if session.cdn.blocked_via is None and session.cdn.blocked_header is None:
        raise NotTried("Needs a proxy in a country that is shut out: give --blocked-via. Nobody can claim a country.")
    if _is_other_list(session):
        raise NotTried("The distribution has another list: see cdn.countries.")
    answer = session.from_blocked_country
    if answer.status == FORBIDDEN and BLOCKED in answer.text:
        return str(FORBIDDEN)
    if not answer.header("x-amz-cf-id"):
        raise Broken(f"It isn't CloudFront that answers {answer.status} through the proxy: {_beginning(answer)}")
    if answer.status == FORBIDDEN and not answer.header("x-amzn-requestid"):
        raise Broken(f"CloudFront's 403 doesn't name the country, it may be a web ACL's: {_beginning(answer)}")
    raise Failed(
        f"A request from a country that must be shut out is answered {answer.status}: {_beginning(answer)}",
        "The proxy is in a country that is let in, or the header is one that only a local AWS looks at.",
        "cdn.countries lets that country in.",
    )


def _is_other_list(session: Session) -> bool:
    try:
        return session.cdn.countries is not None and session.deployed.countries != session.cdn.countries
    except (Broken, NotTried):
        return False


def _beginning(answer: Recording) -> str:
    return " ".join(answer.text[:200].split())


def silence_is_waited_out(session: Session) -> str:
    """The distribution gives up later than the next comment comes."""
    session.cdn  # noqa: B018  only a CDN gives up
    limit_s, interval_s = session.deployed.origin_read_timeout_s, interval_of(session)
    if 0 < interval_s < limit_s:
        return f"{interval_s:g} s of {limit_s:g} s"
    comments = f"comments come every {interval_s:g} s" if interval_s else "no comments come"
    raise Failed(
        f"The distribution cuts a stream after {limit_s:g} s of silence, and {comments}.",
        "Set function.heartbeat_seconds to 15, or a longer cdn.origin_read_timeout.",
    )


def no_answer_is_kept(session: Session) -> str:
    """What was asked for a moment ago is asked of the function again: an answer may be somebody's own, an error too."""
    session.cdn  # noqa: B018  only a CDN keeps answers
    session.stream  # noqa: B018  an endpoint that refuses everything has nothing to keep
    for path in _paths(session):
        session.client.send("GET", path)
        again = session.client.send("GET", path)
        if is_old(again):
            raise Failed(
                f"The second answer to GET /{path} is an old one (x-cache: {again.header('x-cache')}, age: "
                f"{again.header('age') or 'none'}).",
                "The cache policy must be CachingDisabled.",
                "Errors are kept for ten seconds unless custom_error_response says zero.",
            )
    return "asked twice, answered twice"


def is_old(answer: Recording) -> bool:
    """Whether an answer was kept at the edge, as CloudFront says it."""
    return "hit" in answer.header("x-cache").lower() or bool(answer.header("age"))


def _paths(session: Session) -> tuple[str, ...]:
    """What every endpoint answers, be it with an error, and one good answer where it is known that there is one."""
    ask = session.settings.ask
    if session.settings.is_chat:
        return HEALTH_PATH, UNKNOWN_PATH
    return (ask.path, UNKNOWN_PATH) if ask.method == "GET" else (UNKNOWN_PATH,)
