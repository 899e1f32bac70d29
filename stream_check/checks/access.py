"""Only who may ask is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream_check.finding import Broken, Failed, NotTried
from stream_check.settings import Authentication
from stream_check.signing import Identity

if TYPE_CHECKING:
    from stream_check.recording import Recording
    from stream_check.session import Session

REFUSALS = {401, 403}
URL_ACTION = "lambda:InvokeFunctionUrl"
INVOKE_ACTION = "lambda:InvokeFunction"


def nobody_is_refused(session: Session) -> str:
    """Without credentials."""
    _must_be_closed(session)
    return _refused(session.of_nobody, Identity.NOBODY)


def wrong_credentials_are_refused(session: Session) -> str:
    """With credentials that are not the right ones."""
    return _must_refuse(session, Identity.WRONG)


def an_old_signature_is_refused(session: Session) -> str:
    """One that somebody kept."""
    if session.settings.authentication is not Authentication.IAM:
        raise NotTried("Only a signature has a time.")
    return _must_refuse(session, Identity.EXPIRED)


def _must_be_closed(session: Session) -> None:
    if session.settings.authentication is Authentication.NONE:
        raise NotTried("The endpoint is open to anyone: --auth none.")


def _must_refuse(session: Session, identity: Identity) -> str:
    _must_be_closed(session)
    if session.of_nobody.status not in REFUSALS:
        raise NotTried("The endpoint answers anyone: see access.nobody.")
    return _refused(session.client.ask(session.settings.ask, identity), identity)


def _refused(answer: Recording, identity: Identity) -> str:
    if answer.status not in REFUSALS:
        raise Failed(
            f"A request {identity} is answered {answer.status}, and must be refused with a 401 or 403.",
            "The URL's authorization is NONE, or a route of the API has none.",
        )
    return str(answer.status)


def both_grants_are_there(session: Session) -> str:
    """An open Function URL's resource policy has both grants, the second only through the URL."""
    if session.deployed.url["AuthType"] != "NONE":
        raise NotTried("The URL asks for signatures: its callers' own policies count.")
    if (missing := _missing_grant(session)) is not None:
        action, condition = missing
        raise Failed(
            f"The function's policy grants nobody {action} with the condition {condition}: the URL answers 403.",
            "Since October 2025 an open URL needs both grants. See function_url.public_invoke_grant_stack.",
        )
    return "both"


def is_grant_missing(session: Session) -> bool:
    """Whether the deployment is an open URL without both its grants, as far as that can be read."""
    try:
        return session.deployed.url["AuthType"] == "NONE" and _missing_grant(session) is not None
    except (Broken, NotTried):
        return False


def _missing_grant(session: Session) -> tuple[str, str] | None:
    """The first of both grants' action and condition that no statement has."""
    public = [statement for statement in session.deployed.statements if _is_public(statement)]
    for action, condition in (
        (URL_ACTION, "lambda:FunctionUrlAuthType"),
        (INVOKE_ACTION, "lambda:InvokedViaFunctionUrl"),
    ):
        if not any(statement["Action"] == action and condition in _conditions(statement) for statement in public):
            return action, condition
    return None


def nobody_invokes_past_the_url(session: Session) -> str:
    """No grant to anyone is without a condition: it would let every AWS account invoke the function directly."""
    public = [statement for statement in session.deployed.statements if _is_public(statement)]
    bare = [statement.get("Sid", "?") for statement in public if not _conditions(statement)]
    if bare:
        raise Failed(
            f"The statements {', '.join(bare)} let any AWS account invoke the function directly.",
            "Remove them; an open URL needs lambda:InvokedViaFunctionUrl as the condition of its second grant.",
        )
    return f"{len(public)} grants to anyone, each with its condition"


def _is_public(statement: object) -> bool:
    principal = statement.get("Principal") if isinstance(statement, dict) else None
    return principal == "*" or (isinstance(principal, dict) and "*" in principal.values())


def _conditions(statement: object) -> set[str]:
    conditions = statement.get("Condition", {}) if isinstance(statement, dict) else {}
    return {key for keys in conditions.values() for key in keys}
