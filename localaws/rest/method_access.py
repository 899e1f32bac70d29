"""Who may call an API: signatures, policies of callers, and the API's own resource policy. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from localaws.authorization import AccessDeniedError, Policies, check, global_keys, principal_of
from localaws.identity import ACCOUNT_ID
from localaws.policy import ANYONE, Access, Effect, decide_identity, decide_resource
from localaws.rest.refusal import Refusal, ResponseType
from localaws.sigv4 import (
    DATE_FORMAT,
    MAX_SKEW_SECONDS,
    NotSignedError,
    Scope,
    SignatureError,
    StaleSignatureError,
    UnknownKeyError,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localaws.policy import Principal, Statement
    from localaws.rest.exchange import Exchange
    from localaws.sigv4 import Credentials

SERVICE = "execute-api"
ACTION = "execute-api:Invoke"
PRIVATE = "PRIVATE"
SHORT = "execute-api:/"
"""How a resource policy names the API that it belongs to."""
ACCOUNT_DIGITS = re.compile(r"(:execute-api:[\w-]*:)\d{8}(?=\d{4}:)")


def authenticate(exchange: Exchange, find: Callable[[str], Credentials | None]) -> Credentials:
    """Return the credentials that a request is signed with; `find` looks a key up. Raises Refusal."""
    now = exchange.arrival.now
    try:
        credentials = verify(exchange.request, Scope(exchange.stage.region, SERVICE), find, now)
    except NotSignedError as error:
        raise Refusal(ResponseType.MISSING_AUTHENTICATION_TOKEN, reason=str(error)) from None
    except StaleSignatureError as error:
        raise Refusal(ResponseType.INVALID_SIGNATURE, _stale(exchange), reason=str(error)) from None
    except UnknownKeyError as error:
        message = "The security token included in the request is invalid."
        raise Refusal(ResponseType.INVALID_SIGNATURE, message, reason=str(error)) from None
    except SignatureError as error:
        raise Refusal(ResponseType.INVALID_SIGNATURE, reason=str(error)) from None
    if credentials.expires and credentials.expires <= now:
        raise Refusal(ResponseType.EXPIRED_TOKEN)
    return credentials


def check_signed(exchange: Exchange, caller: Credentials, own: Policies) -> None:
    """Raise Refusal unless the caller may invoke the method, by its own policies or the API's.

    Whoever is from another account needs both.
    """
    policies = replace(own, resource=resource_policy(exchange), owner=ACCOUNT_ID)
    _check(_access(exchange, principal_of(caller)), policies)


def check_resource_policy(exchange: Exchange) -> None:
    """Raise Refusal unless the API's policy, if it has one, lets an unsigned request through."""
    if exchange.document.policy is not None:
        _check(_access(exchange, ANYONE), Policies(resource=resource_policy(exchange)))


def check_not_denied(exchange: Exchange) -> None:
    """Raise Refusal when the API's policy denies the request, whatever an authorizer would say."""
    policy = resource_policy(exchange)
    if decide_resource(policy, _access(exchange, ANYONE)).effect is Effect.DENIED:
        _check(_access(exchange, ANYONE), Policies(resource=policy))


def check_granted(exchange: Exchange, statements: Sequence[Statement]) -> None:
    """Raise Refusal unless the policy that a Lambda authorizer returned, or the API's own, allows the method."""
    access = _access(exchange, ANYONE)
    effects = {
        decide_identity(statements, access).effect,
        decide_resource(resource_policy(exchange), access).effect,
    }
    if Effect.DENIED in effects:
        message = "User is not authorized to access this resource with an explicit deny"
        raise Refusal(ResponseType.ACCESS_DENIED, message)
    if Effect.ALLOWED not in effects:
        raise Refusal(ResponseType.ACCESS_DENIED)


def check_endpoint(exchange: Exchange) -> None:
    """Raise Refusal unless the request to a private API came through a VPC endpoint, and the API has a policy."""
    if exchange.stage.endpoint_type != PRIVATE:
        return
    if exchange.vpc_endpoint is None:
        raise Refusal(ResponseType.INVALID_API_KEY, reason="a private API is reached through VPC endpoints only")
    if exchange.document.policy is None:
        raise Refusal(ResponseType.ACCESS_DENIED, reason="a private API without a resource policy lets nobody in")


def signed_identity(caller: Credentials) -> dict[str, str]:
    """Return what the event's identity says of a signed request."""
    return {
        "accessKey": caller.access_key_id,
        "accountId": caller.arn.split(":")[4],
        "caller": caller.user_id,
        "user": caller.user_id,
        "userArn": caller.arn,
    }


def resource_policy(exchange: Exchange) -> tuple[Statement, ...]:
    """Return the statements of the API's policy, which may call the API itself `execute-api:/`."""
    statements = (exchange.document.policy or {}).get("Statement", ())
    found = (statements,) if isinstance(statements, Mapping) else tuple(statements)  # type: ignore[arg-type]
    own = exchange.stage.arn("")
    return tuple(
        {name: _expanded(value, own) if name in {"Resource", "NotResource"} else value for name, value in each.items()}
        for each in found
    )


def _expanded(value: object, own_arn: str) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    return [own_arn + text.removeprefix(SHORT) if text.startswith(SHORT) else text for text in map(str, texts)]


def _access(exchange: Exchange, principal: Principal) -> Access:
    """A private API knows the caller's address in its VPC, any other the one in the internet."""
    keys = global_keys(principal, exchange.stage.region)
    if user_agent := exchange.request.header("user-agent"):
        keys["aws:useragent"] = user_agent
    if exchange.stage.endpoint_type == PRIVATE and exchange.vpc_endpoint:
        keys |= {"aws:vpcsourceip": exchange.arrival.source_ip, "aws:sourcevpce": exchange.vpc_endpoint.id}
        if exchange.vpc_endpoint.vpc_id:
            keys["aws:sourcevpc"] = exchange.vpc_endpoint.vpc_id
    else:
        keys["aws:sourceip"] = exchange.arrival.source_ip
    return Access(principal, ACTION, exchange.method_arn, keys)


def _check(access: Access, policies: Policies) -> None:
    """The client sees no more than the last four digits of the account."""
    try:
        check(access, policies)
    except AccessDeniedError as error:
        raise Refusal(ResponseType.ACCESS_DENIED, ACCOUNT_DIGITS.sub(r"\1********", str(error))) from None


def _stale(exchange: Exchange) -> str:
    now, signed = exchange.arrival.now, exchange.request.header("x-amz-date")
    at, skew = now.strftime(DATE_FORMAT), timedelta(seconds=MAX_SKEW_SECONDS)
    oldest, newest = (now - skew).strftime(DATE_FORMAT), (now + skew).strftime(DATE_FORMAT)
    if str(signed) < oldest:
        return f"Signature expired: {signed} is now earlier than {oldest} ({at} - 5 min.)"
    return f"Signature not yet current: {signed} is still later than {newest} ({at} + 5 min.)"
