"""The accesses that a call of the control plane needs. No I/O.

Resources are known for the services that functions use most: DynamoDB, S3, KMS, CloudWatch Logs, Comprehend and STS.
The other services' actions are evaluated without: a grant on any resource of theirs counts.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from localaws.authorization import global_keys
from localaws.identity import PARTITION
from localaws.policy import EVERYTHING, Access, Principal


@dataclass(frozen=True, slots=True)
class ApiCall:
    """An operation as the service model names it, with the members of its request that are known."""

    service: str
    operation: str
    region: str
    account: str
    members: Mapping[str, object]

    def text(self, member: str) -> str:
        """Return a member, empty when it is absent."""
        return str(self.members.get(member) or "")


Need = tuple[str, str | None]
"""Action without the service, resource."""


class UnknownAccessError(Exception):
    """It is not known what the operation needs; the text says so."""


def needed_accesses(call: ApiCall, principal: Principal) -> list[Access]:
    """Return what must be allowed, nothing for a call that everybody may make; raises UnknownAccessError."""
    if (call.service, call.operation) in OPEN_TO_ALL:
        return []
    needs = NEEDS.get(call.service, _any_resource)
    keys = global_keys(principal, call.region) | _service_keys(call)
    return [
        Access(principal, f"{PREFIXES.get(call.service, call.service)}:{action}", resource, keys)
        for action, resource in needs(call)
    ]


def _any_resource(call: ApiCall) -> Iterator[Need]:
    yield ACTIONS.get((call.service, call.operation), call.operation), None


def _no_resource(call: ApiCall) -> Iterator[Need]:
    yield call.operation, EVERYTHING


def _sts(call: ApiCall) -> Iterator[Need]:
    yield call.operation, call.text("RoleArn") or EVERYTHING


def _kms(call: ApiCall) -> Iterator[Need]:
    key = call.text("KeyId")
    yield call.operation, key if key.startswith("arn:") else None


def _logs(call: ApiCall) -> Iterator[Need]:
    group, stream = call.text("logGroupName"), call.text("logStreamName")
    if not group:
        group = call.text("logGroupIdentifier").removesuffix(":*").rpartition(":log-group:")[2]
    arn = f"arn:{PARTITION}:logs:{call.region}:{call.account}:log-group:{group}:log-stream:{stream}"
    yield call.operation, arn if group else EVERYTHING


def _dynamodb(call: ApiCall) -> Iterator[Need]:
    if call.operation in PARTIQL:
        raise UnknownAccessError(f"the local AWS does not know which tables dynamodb:{call.operation} acts on")
    if batches := call.members.get("RequestItems"):
        yield from ((call.operation, _table(call, name)) for name in _mapping(batches))
    elif items := call.members.get("TransactItems"):
        yield from _transaction(call, items)
    elif name := call.text("TableName"):
        index = call.text("IndexName")
        yield call.operation, _table(call, name) + (f"/index/{index}" if index else "")
    else:
        yield call.operation, call.text("ResourceArn") or EVERYTHING


def _transaction(call: ApiCall, items: object) -> Iterator[Need]:
    """Each part of a transaction is authorised as the operation that it is."""
    for item in items if isinstance(items, list) else ():
        for kind, part in _mapping(item).items():
            action = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
            yield action, _table(call, str(_mapping(part).get("TableName")))


def _table(call: ApiCall, name: str) -> str:
    return name if name.startswith("arn:") else f"arn:{PARTITION}:dynamodb:{call.region}:{call.account}:table/{name}"


def _s3(call: ApiCall) -> Iterator[Need]:
    actions = S3_ACTIONS.get(call.operation)
    if actions is None:
        raise UnknownAccessError(f"the local AWS does not know which permissions S3's {call.operation} needs")
    action = actions[1] if call.text("versionId") and len(actions) > 1 else actions[0]
    bucket, key = call.text("Bucket"), call.text("Key")
    if call.operation == "CopyObject":
        source = unquote(call.text("CopySource")).lstrip("/").partition("?versionId=")
        yield "GetObjectVersion" if source[2] else "GetObject", f"arn:{PARTITION}:s3:::{source[0]}"
    keys = call.members.get("Keys")  # of DeleteObjects
    for each in keys if isinstance(keys, list) else [key]:
        path = f"{bucket}/{each}" if each else bucket
        yield action, f"arn:{PARTITION}:s3:::{path}" if path else EVERYTHING


def _service_keys(call: ApiCall) -> dict[str, str]:
    """What a listing of S3 is restricted to, and the encryption context of a call of KMS."""
    if call.service == "kms":
        context = _mapping(call.members.get("EncryptionContext"))
        return {f"kms:encryptioncontext:{name.lower()}": str(value) for name, value in context.items()}
    if call.service != "s3":
        return {}
    return {f"s3:{name}": call.text(name) for name in ("prefix", "delimiter", "max-keys") if name in call.members}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


OPEN_TO_ALL = {("sts", "GetCallerIdentity")}
PREFIXES = {"monitoring": "cloudwatch", "email": "ses"}
"""Where a service's name in policies is not the one that requests are signed for."""
ACTIONS = {("lambda", "Invoke"): "InvokeFunction", ("lambda", "InvokeAsync"): "InvokeFunction"}
PARTIQL = ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")
NEEDS: dict[str, Callable[[ApiCall], Iterator[Need]]] = {
    "comprehend": _no_resource,
    "dynamodb": _dynamodb,
    "kms": _kms,
    "logs": _logs,
    "s3": _s3,
    "sts": _sts,
}
S3_ACTIONS: dict[str, tuple[str, ...]] = {
    "AbortMultipartUpload": ("AbortMultipartUpload",),
    "CompleteMultipartUpload": ("PutObject",),
    "CopyObject": ("PutObject",),
    "CreateBucket": ("CreateBucket",),
    "CreateMultipartUpload": ("PutObject",),
    "DeleteBucket": ("DeleteBucket",),
    "DeleteObject": ("DeleteObject", "DeleteObjectVersion"),
    "DeleteObjects": ("DeleteObject",),
    "GetBucketLocation": ("GetBucketLocation",),
    "GetObject": ("GetObject", "GetObjectVersion"),
    "GetObjectTagging": ("GetObjectTagging", "GetObjectVersionTagging"),
    "HeadBucket": ("ListBucket",),
    "HeadObject": ("GetObject", "GetObjectVersion"),
    "ListBuckets": ("ListAllMyBuckets",),
    "ListMultipartUploads": ("ListBucketMultipartUploads",),
    "ListObjectVersions": ("ListBucketVersions",),
    "ListObjects": ("ListBucket",),
    "ListObjectsV2": ("ListBucket",),
    "ListParts": ("ListMultipartUploadParts",),
    "PutObject": ("PutObject",),
    "PutObjectTagging": ("PutObjectTagging", "PutObjectVersionTagging"),
    "UploadPart": ("PutObject",),
}
"""Operation: action, and the action on a version that the request names."""
