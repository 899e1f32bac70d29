"""The accesses that a ConverseStream call needs, all of them. No I/O.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html and
https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.authorization import global_keys
from localaws.bedrock.inference_profile import GLOBAL, model_arn, profile_arn, routed_models
from localaws.policy import Access, Principal

if TYPE_CHECKING:
    from localaws.bedrock.guardrail import Guardrail

ACTION = "bedrock:InvokeModelWithResponseStream"
GUARDRAIL_ACTION = "bedrock:ApplyGuardrail"
NO_REGION_YET = "unspecified"
"""What aws:RequestedRegion holds while Bedrock has not chosen a region."""


def needed_accesses(principal: Principal, model_id: str, region: str) -> list[Access]:
    """Return what must be allowed for a call of a model, given by its id or ARN.

    A foundation model is one access. A system profile is one on itself, and one on the foundation model in each region
    that it lists, in the name of the profile. An application profile lists nothing here.
    """
    identifier = model_id.rpartition("/")[2]
    models = routed_models(identifier, region) if _may_be_profile(model_id) else None
    if models is None:
        arn = model_id if model_id.startswith("arn:") else model_arn(model_id, region)
        return [Access(principal, ACTION, arn, global_keys(principal, region))]
    profile = model_id if model_id.startswith("arn:") else profile_arn(identifier, region)
    return [
        Access(principal, ACTION, profile, global_keys(principal, region)),
        *(_routed(principal, arn, profile) for arn in _routes(models, identifier, region)),
    ]


def guardrail_accesses(principal: Principal, guardrail: Guardrail, region: str) -> list[Access]:
    """Return what a call through a guardrail needs besides: the guardrail, and its profile in each region.

    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrail-profiles-permissions.html
    """
    arns = [(guardrail.arn, region), *((arn, arn.split(":")[3]) for arn in guardrail.profile_arns)]
    return [Access(principal, GUARDRAIL_ACTION, arn, global_keys(principal, where)) for arn, where in arns]


def _may_be_profile(model_id: str) -> bool:
    return not model_id.startswith("arn:") or ":inference-profile/" in model_id


def _routes(models: list[str], identifier: str, region: str) -> list[str]:
    """A global profile also needs its model in the region of the call, whether it lists that or not."""
    geography, _, model = identifier.partition(".")
    here = [model_arn(model, region)] if geography == GLOBAL else []
    return list(dict.fromkeys([*here, *models]))


def _routed(principal: Principal, arn: str, profile: str) -> Access:
    region = arn.split(":")[3] or NO_REGION_YET
    keys = global_keys(principal, region) | {"bedrock:inferenceprofilearn": profile}
    return Access(principal, ACTION, arn, keys)
