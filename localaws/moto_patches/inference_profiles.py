"""Bedrock's GetInferenceProfile, which moto 5.2.5 does not have.

Every system profile `geography.provider.model` exists here; the regions it lists are plausible, not AWS's own.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.bedrock.responses import BedrockResponse

from localaws.identity import ACCOUNT_ID, PARTITION
from localaws.moto_patches.replace import add

REGIONS = {
    "us": ("us-east-1", "us-east-2", "us-west-2"),
    "eu": ("eu-central-1", "eu-west-1", "eu-west-3"),
    "apac": ("ap-northeast-1", "ap-southeast-1", "ap-southeast-2"),
    "global": ("us-east-1", "eu-west-1"),
}
GLOBAL = "global"
TIME = "2025-01-01T00:00:00Z"


def install() -> None:
    """Install the patch; moto finds the operation's method by its name."""
    add(BedrockResponse, "get_inference_profile", _get_inference_profile)


def _get_inference_profile(self: Any) -> tuple[int, dict[str, str], str]:  # noqa: ANN401  moto's class
    identifier = unquote(self.path.rpartition("/inference-profiles/")[2]).rpartition("/")[2]
    profile = system_profile(identifier, self.region)
    if profile is None:
        message = {"message": f"The inference profile {identifier} does not exist here."}
        return 404, {"x-amzn-ErrorType": "ResourceNotFoundException", "status": "404"}, json.dumps(message)
    return 200, {"Content-Type": "application/json"}, json.dumps(profile)


def system_profile(identifier: str, region: str) -> dict[str, object] | None:
    """Return the API's answer for a profile id, None when it is not `geography.provider.model`."""
    geography, _, model = identifier.partition(".")
    if "." not in model or not geography.replace("-", "").isalpha():
        return None
    regions = [*REGIONS.get(geography, (region,)), *([""] if geography == GLOBAL else [])]
    return {
        "inferenceProfileName": f"{geography.upper()} {model}",
        "description": f"Routes requests to {model} in {geography}.",
        "inferenceProfileArn": f"arn:{PARTITION}:bedrock:{region}:{ACCOUNT_ID}:inference-profile/{identifier}",
        "inferenceProfileId": identifier,
        "models": [{"modelArn": f"arn:{PARTITION}:bedrock:{each}::foundation-model/{model}"} for each in regions],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
        "createdAt": TIME,
        "updatedAt": TIME,
    }
