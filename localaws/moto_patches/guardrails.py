"""Bedrock's guardrails, which moto 5.2.5 does not have.

They are kept in moto's backend, so that they go when it is reset. Versions are snapshots of the draft.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateGuardrail.html
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.bedrock.models import BedrockBackend
from moto.bedrock.responses import BedrockResponse
from moto.moto_api._internal import mock_random

from localaws.bedrock.guardrail import Guardrail
from localaws.bedrock.inference_profile import REGIONS
from localaws.identity import ACCOUNT_ID, PARTITION
from localaws.moto_patches.replace import add, replace

TIME = "2025-01-01T00:00:00Z"
DRAFT = "DRAFT"
ID_CHARACTERS = 12
NOT_STORED = ("crossRegionConfig", "tags", "clientRequestToken")

Answer = tuple[int, dict[str, str], str]


def install() -> None:
    """Install the patch; moto finds each operation's method by its name."""
    for operation in (
        _create_guardrail,
        _get_guardrail,
        _update_guardrail,
        _delete_guardrail,
        _create_guardrail_version,
    ):
        add(BedrockResponse, operation.__name__.removeprefix("_"), operation)
    list_arns = BedrockBackend._list_arns  # noqa: SLF001  moto's own list of what may have tags

    def with_guardrails(self: Any) -> list[str]:  # noqa: ANN401  moto's class
        return [*list_arns(self), *(guardrail.arn for guardrail in _drafts(self))]

    replace(BedrockBackend, "_list_arns", with_guardrails)


def _create_guardrail(self: Any) -> Answer:  # noqa: ANN401  moto's class
    fields = json.loads(self.body)
    identifier = mock_random.get_random_string(ID_CHARACTERS, lower_case=True)
    self.bedrock_backend.__dict__.setdefault("guardrails", {})[identifier] = {}
    draft = _put_draft(self, identifier, fields)
    if fields.get("tags"):
        self.bedrock_backend.tag_resource(draft.arn, fields["tags"])
    names = {"guardrailId": identifier, "guardrailArn": draft.arn}
    return _answer(202, {**names, "version": DRAFT, "createdAt": TIME})


def _update_guardrail(self: Any) -> Answer:  # noqa: ANN401  moto's class
    identifier = _identifier(self)
    if not _versions(self.bedrock_backend, identifier):
        return _missing(identifier)
    draft = _put_draft(self, identifier, json.loads(self.body))
    names = {"guardrailId": identifier, "guardrailArn": draft.arn}
    return _answer(202, {**names, "version": DRAFT, "updatedAt": TIME})


def _create_guardrail_version(self: Any) -> Answer:  # noqa: ANN401  moto's class
    identifier = _identifier(self)
    versions = _versions(self.bedrock_backend, identifier)
    if not versions:
        return _missing(identifier)
    number = str(max((int(version) for version in versions if version != DRAFT), default=0) + 1)
    versions[number] = versions[DRAFT]
    return _answer(202, {"guardrailId": identifier, "version": number})


def _get_guardrail(self: Any) -> Answer:  # noqa: ANN401  moto's class
    identifier = _identifier(self)
    version = (self.querystring.get("guardrailVersion") or [DRAFT])[0]
    found = _versions(self.bedrock_backend, identifier).get(version)
    return _missing(identifier) if found is None else _answer(200, _described(found, version))


def _delete_guardrail(self: Any) -> Answer:  # noqa: ANN401  moto's class
    """Delete one version, or all of it."""
    identifier = _identifier(self)
    versions = _versions(self.bedrock_backend, identifier)
    if not versions:
        return _missing(identifier)
    version = (self.querystring.get("guardrailVersion") or [None])[0]
    if version is None:
        versions.clear()
    else:
        versions.pop(version, None)
    return _answer(202, {})


def _put_draft(self: Any, identifier: str, fields: dict[str, Any]) -> Guardrail:  # noqa: ANN401  moto's class
    profile = (fields.get("crossRegionConfig") or {}).get("guardrailProfileIdentifier", "").rpartition("/")[2]
    regions = REGIONS.get(profile.partition(".")[0], (self.region,)) if profile else ()
    draft = Guardrail(
        arn=f"arn:{PARTITION}:bedrock:{self.region}:{ACCOUNT_ID}:guardrail/{identifier}",
        profile_arns=tuple(
            f"arn:{PARTITION}:bedrock:{each}:{ACCOUNT_ID}:guardrail-profile/{profile}" for each in regions
        ),
        settings={name: value for name, value in fields.items() if name not in NOT_STORED},
    )
    _versions(self.bedrock_backend, identifier)[DRAFT] = draft
    return draft


def _described(guardrail: Guardrail, version: str) -> dict[str, Any]:
    """Return a guardrail as GetGuardrail has it, whose names lack the `Config` that CreateGuardrail's end in."""
    names = {"guardrailId": guardrail.arn.rpartition("/")[2], "guardrailArn": guardrail.arn, "version": version}
    times = {"createdAt": TIME, "updatedAt": TIME}
    described = {**_without_config(guardrail.settings), **names, **times, "status": "READY"}
    if guardrail.profile_arns:
        arn = guardrail.profile_arns[0]
        described["crossRegionDetails"] = {
            "guardrailProfileId": arn.rpartition("/")[2],
            "guardrailProfileArn": arn,
        }
    return described


def _without_config(value: Any) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(value, dict):
        return {name.removesuffix("Config"): _without_config(member) for name, member in value.items()}
    return [_without_config(member) for member in value] if isinstance(value, list) else value


def _drafts(backend: Any) -> list[Guardrail]:  # noqa: ANN401  moto's class
    return [versions[DRAFT] for versions in vars(backend).get("guardrails", {}).values() if DRAFT in versions]


def _versions(backend: Any, identifier: str) -> dict[str, Guardrail]:  # noqa: ANN401  moto's class
    """Return all versions of a guardrail by their names, none when there is no such guardrail."""
    found: dict[str, Guardrail] = vars(backend).get("guardrails", {}).get(identifier, {})
    return found


def _identifier(self: Any) -> str:  # noqa: ANN401  moto's class
    return unquote(self.path.rpartition("/guardrails/")[2]).rpartition("/")[2]


def _missing(identifier: str) -> Answer:
    message = {"message": f"The guardrail {identifier} does not exist here."}
    return 404, {"x-amzn-ErrorType": "ResourceNotFoundException", "status": "404"}, json.dumps(message)


def _answer(status: int, body: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json", "status": str(status)}, json.dumps(body)
