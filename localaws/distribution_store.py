"""What a distribution's front reads from moto: beside `store`, the one module that knows how moto keeps things.

Written for moto 5.2.5, with `moto_patches.distributions` and `moto_patches.cloudfront_functions`.
"""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend

from localaws.cdn.distribution import Behaviour, Countries, Distribution, Origin, Restriction, Signing
from localaws.identity import ACCOUNT_ID, PARTITION

VIEWER_REQUEST = "viewer-request"


class DistributionStore:
    """One distribution as the control plane has it at the moment of each request."""

    def __init__(self, region: str, identifier: str) -> None:
        self.region = region
        self._identifier = identifier

    def distribution(self) -> Distribution:
        """Return the distribution's settings."""
        found = _backend().distributions[self._identifier]
        config = found.distribution_config
        return Distribution(
            identifier=self._identifier,
            arn=found.arn,
            names=(found.domain_name, *config.Aliases.get("Items", ())),
            countries=_countries(config.Restrictions["GeoRestriction"]),
            origin=_origin(config),
            behaviour=_behaviour(config.DefaultCacheBehavior),
            enabled=_is_true(config.Enabled),
        )


def _countries(restriction: Any) -> Countries:  # noqa: ANN401  moto's GeoRestriction
    return Countries(Restriction(restriction.restriction_type), frozenset(restriction.items or ()))


def _origin(config: Any) -> Origin:  # noqa: ANN401  moto's DistributionConfig
    wanted = config.DefaultCacheBehavior.target_origin_id
    origin = next(each for each in config.Origins["Items"] if each.id == wanted)
    control = _backend().origin_access_controls.get(origin.origin_access_control_id)
    return Origin(
        address=origin.domain_name,
        path=origin.origin_path,
        signing=Signing(control.signing_behavior) if control else Signing.NEVER,
        read_timeout=float(origin.custom_origin_config.origin_read_timeout),
        connection_attempts=int(origin.connection_attempts),
    )


def _behaviour(behaviour: Any) -> Behaviour:  # noqa: ANN401  moto's DefaultCacheBehaviour
    return Behaviour(
        allowed_methods=frozenset(behaviour.allowed_methods.items),
        cache_policy_id=behaviour.cache_policy_id,
        origin_request_policy_id=behaviour.origin_request_policy_id or "",
        response_headers_policy_id=behaviour.response_headers_policy_id or None,
        viewer_request_code=_code(behaviour.function_associations.get("Items") or ()),
    )


def _code(associations: Any) -> str | None:  # noqa: ANN401  the API's FunctionAssociations
    """Return the published code of the function at `viewer-request`, None when there is none."""
    arns = {each["EventType"]: each["FunctionARN"] for each in associations}
    functions = {function.arn: function for function in _backend().functions.values()}
    function = functions.get(arns.get(VIEWER_REQUEST))
    return None if function is None else function.live_code.decode()


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"


def _backend() -> Any:  # noqa: ANN401  moto's CloudFrontBackend
    return get_backend("cloudfront")[ACCOUNT_ID][PARTITION]
