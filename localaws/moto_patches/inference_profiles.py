"""Bedrock's GetInferenceProfile, which moto 5.2.5 does not have.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.bedrock.responses import BedrockResponse

from localaws.bedrock.inference_profile import profile_arn, routed_models
from localaws.moto_patches.replace import add

TIME = "2025-01-01T00:00:00Z"


def install() -> None:
    """Install the patch; moto finds the operation's method by its name."""
    add(BedrockResponse, "get_inference_profile", _get_inference_profile)


def _get_inference_profile(self: Any) -> tuple[int, dict[str, str], str]:  # noqa: ANN401  moto's class
    identifier = unquote(self.path.rpartition("/inference-profiles/")[2]).rpartition("/")[2]
    models = routed_models(identifier, self.region)
    if models is None:
        message = {"message": f"The inference profile {identifier} does not exist here."}
        return 404, {"x-amzn-ErrorType": "ResourceNotFoundException", "status": "404"}, json.dumps(message)
    profile = _system_profile(identifier, self.region, models)
    return 200, {"Content-Type": "application/json"}, json.dumps(profile)


def _system_profile(identifier: str, region: str, models: list[str]) -> dict[str, object]:
    geography, _, model = identifier.partition(".")
    return {
        "inferenceProfileName": f"{geography.upper()} {model}",
        "description": f"Routes requests to {model} in {geography}.",
        "inferenceProfileArn": profile_arn(identifier, region),
        "inferenceProfileId": identifier,
        "models": [{"modelArn": arn} for arn in models],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
        "createdAt": TIME,
        "updatedAt": TIME,
    }
