"""Conversations in DynamoDB, through boto3."""

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bedrock_chat.answer import log
from bedrock_chat.errors import HistoryUnavailable, SettingsError
from bedrock_chat.history.conversations import Conversations, Found, Lifetime, Query, Written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bedrock_chat.history.conversations import Before, Beside, Privacy, Write
    from bedrock_chat.history.items import Item
    from bedrock_chat.model import Client
    from bedrock_chat.privacy.model import RedactingModel
    from bedrock_chat.settings import Settings

# A client waits meanwhile: three attempts that hang take about ten seconds.
CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 3
MAX_ATTEMPTS = 3
# DynamoDB's limits for one call.
_WRITES_AT_ONCE = 25
# What cancels a transaction though nothing is wrong, and the names of the same for a single write.
_FAILED = "ConditionalCheckFailed"
_CONFLICT = "TransactionConflict"
_FREE_OR_OWN = "attribute_not_exists(pk) OR request_id = :request_id"


def conversations_in(table_name: str, settings: "Settings", client: "Client") -> Conversations:
    """The conversations in a table, in the region and with the credentials of the environment.

    Raises:
        SettingsError: `client` redacts, and there is no key that could encrypt what it replaces.
    """
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
    )
    table = DynamoDbTable(boto3.client("dynamodb", config=config), table_name)
    lifetime = Lifetime(settings.history_ttl_days, settings.history_context_tokens)
    return Conversations(table, lifetime, time.time, _privacy(table_name, settings, client))


def _privacy(table_name: str, settings: "Settings", client: "Client") -> "Privacy | None":
    if settings.redaction is None:
        return None
    if settings.history_key is None:
        raise SettingsError(
            "BEDROCK_CHAT_HISTORY_KEY is not set: with redaction, what stands for personal data is kept beside the "
            "conversations, and this names the KMS key that encrypts it"
        )
    from bedrock_chat.history.kms import KmsKey  # noqa: PLC0415 - only with redaction
    from bedrock_chat.history.redaction import KeptPlaceholders  # noqa: PLC0415 - as above

    return KeptPlaceholders(cast("RedactingModel", client), KmsKey(settings.history_key), table_name)


class DynamoDbTable:
    """A table with the keys `pk` and `sk`; see `conversations.Table`."""

    def __init__(self, client: Any, name: str) -> None:  # noqa: ANN401 - boto3 makes its clients' classes as it runs
        self._client = client
        self._name = name

    def query(self, query: Query) -> Found:
        """See Table.query. Reads are consistent: a message that was stored is in them."""
        values = {":pk": {"S": query.pk}, **({":prefix": {"S": query.prefix}} if query.prefix else {})}
        parameters: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)" if query.prefix else "pk = :pk",
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
            "ScanIndexForward": not query.newest_first,
        }
        if query.limit is not None:
            parameters["Limit"] = query.limit
        if query.after is not None:
            parameters["ExclusiveStartKey"] = {"pk": {"S": query.pk}, "sk": {"S": query.after}}
        with _as_unavailable("read"):
            answer = self._client.query(TableName=self._name, **parameters)
        return Found(answer["Items"], "LastEvaluatedKey" in answer)

    def write(self, write: "Write") -> Written:
        """See Table.write."""
        own = {":request_id": write.item["request_id"]}
        message = self._part(Item=write.item, ConditionExpression=_FREE_OR_OWN, ExpressionAttributeValues=own)
        checks = [] if write.before is None else [{"ConditionCheck": self._check(write.item["pk"], write.before)}]
        puts = [{"Put": message}, *([] if write.beside is None else [{"Put": self._beside(write.beside)}])]
        with _as_unavailable("store"):
            try:
                if checks or len(puts) > 1:
                    self._client.transact_write_items(TransactItems=[*checks, *puts])
                else:
                    self._client.put_item(**message)
            except ClientError as error:
                return _failed(error, checked=bool(checks))
        return Written.DONE

    def _check(self, pk: "Mapping[str, str]", before: "Before") -> dict[str, Any]:
        key = {"pk": pk, "sk": {"S": before.sk}}
        if before.request_id is None:
            return self._part(Key=key, ConditionExpression="attribute_exists(pk)")
        own = {":request_id": {"S": before.request_id}}
        return self._part(Key=key, ConditionExpression="request_id = :request_id", ExpressionAttributeValues=own)

    def _beside(self, beside: "Beside") -> dict[str, Any]:
        own: dict[str, Any] = {":request_id": beside.item["request_id"]}
        if not beside.version:
            return self._part(Item=beside.item, ConditionExpression=_FREE_OR_OWN, ExpressionAttributeValues=own)
        values = {**own, ":version": {"N": str(beside.version)}}
        condition = "version = :version OR request_id = :request_id"
        return self._part(Item=beside.item, ConditionExpression=condition, ExpressionAttributeValues=values)

    def _part(self, **members: object) -> dict[str, Any]:
        return {"TableName": self._name, **members}

    def put_pieces(self, items: "Sequence[Item]") -> None:
        """See Table.put_pieces."""
        with _as_unavailable("store"):
            for item in items:
                self._client.put_item(TableName=self._name, Item=item)

    def delete(self, pk: str, sort_keys: "Sequence[str]") -> None:
        """See Table.delete. What a busy table leaves over is sent again, as often as that helps."""
        requests = [{"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sort_key}}}} for sort_key in sort_keys]
        with _as_unavailable("delete"):
            attempts_left = MAX_ATTEMPTS
            while requests and attempts_left:
                batch, requests = requests[:_WRITES_AT_ONCE], requests[_WRITES_AT_ONCE:]
                answer = self._client.batch_write_item(RequestItems={self._name: batch})
                over = answer.get("UnprocessedItems", {}).get(self._name, [])
                attempts_left = attempts_left - 1 if len(over) == len(batch) else MAX_ATTEMPTS
                requests = over + requests
        if requests:
            raise HistoryUnavailable("the conversation is not forgotten yet, as the table is busy: ask again")


def _failed(error: ClientError, *, checked: bool) -> Written:
    """What a write was that DynamoDB refused; anything but another request's doing is raised again."""
    reasons = [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])]
    reasons = reasons or [str(error.response["Error"]["Code"]).removesuffix("Exception")]
    if checked and reasons[0] == _FAILED:
        return Written.GONE
    if _FAILED in reasons or _CONFLICT in reasons:
        return Written.OVERTAKEN
    raise error


@contextmanager
def _as_unavailable(what: str) -> "Iterator[None]":
    """Raises what boto3 raises as HistoryUnavailable; the log has AWS's words, which name the account and the role."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        log().error("the table of conversations: can't %s: %s", what, error)
        raise HistoryUnavailable(
            f"the server can't {what} the conversation for the moment: try again, or send 'messages' without a session"
        ) from error
