"""The inference profiles that exist here, and where they route to. No I/O.

Every system profile `geography.provider.model` exists; the regions it lists are plausible, not AWS's own.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html
"""

from __future__ import annotations

import re

from localaws.identity import ACCOUNT_ID, PARTITION

REGIONS = {
    "us": ("us-east-1", "us-east-2", "us-west-2"),
    "eu": ("eu-central-1", "eu-west-1", "eu-west-3"),
    "apac": ("ap-northeast-1", "ap-southeast-1", "ap-southeast-2"),
    "global": ("us-east-1", "eu-west-1"),
}
GLOBAL = "global"
# `deepseek.v3.2` is a foundation model: its second dot belongs to a version.
SYSTEM_PROFILE = re.compile(r"(?P<geography>[a-z]+(?:-[a-z]+)*)\.(?P<model>[a-z0-9]{2,}\.[a-z].*)")


def model_arn(model: str, region: str) -> str:
    """Return a foundation model's ARN; without a region it stands for wherever Bedrock routes to."""
    return f"arn:{PARTITION}:bedrock:{region}::foundation-model/{model}"


def profile_arn(identifier: str, region: str) -> str:
    """Return a system profile's ARN."""
    return f"arn:{PARTITION}:bedrock:{region}:{ACCOUNT_ID}:inference-profile/{identifier}"


def routed_models(identifier: str, region: str) -> list[str] | None:
    """Return the ARNs of the models that a system profile lists in a region, None when it is no such profile's id."""
    match = SYSTEM_PROFILE.fullmatch(identifier)
    if not match:
        return None
    geography = match["geography"]
    regions = [*REGIONS.get(geography, (region,)), *([""] if geography == GLOBAL else [])]
    return [model_arn(match["model"], each) for each in regions]
