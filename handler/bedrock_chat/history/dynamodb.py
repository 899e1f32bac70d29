"""Conversations in DynamoDB, through boto3."""

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bedrock_chat.answer import log
from bedrock_chat.errors import HistoryUnavailable
from bedrock_chat.history.conversations import Conversations, Found, Lifetime, Query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bedrock_chat.history.items import Item
    from bedrock_chat.settings import Settings

# A client waits meanwhile: three attempts that hang take about ten seconds.
CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 3
MAX_ATTEMPTS = 3
# DynamoDB's limits for one call.
_WRITES_AT_ONCE = 25
_FAILED = "ConditionalCheckFailed"
_FREE_OR_OWN = "attribute_not_exists(pk) OR request_id = :request_id"


def conversations_in(table_name: str, settings: "Settings") -> Conversations:
    """The conversations in a table, in the region and with the credentials of the environment."""
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
    )
    table = DynamoDbTable(boto3.client("dynamodb", config=config), table_name)
    return Conversations(table, Lifetime(settings.history_ttl_days, settings.history_context_tokens), time.time)


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

    def put(self, item: "Item") -> bool:
        """See Table.put. An item of the same request is one that an attempt stored whose answer was lost."""
        with _as_unavailable("store"):
            try:
                self._client.put_item(
                    TableName=self._name,
                    Item=item,
                    ConditionExpression=_FREE_OR_OWN,
                    ExpressionAttributeValues={":request_id": item["request_id"]},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def put_answer(self, item: "Item", question: str) -> bool:
        """See Table.put_answer."""
        own = {":request_id": item["request_id"]}
        check = {
            "TableName": self._name,
            "Key": {"pk": item["pk"], "sk": {"S": question}},
            "ConditionExpression": "request_id = :request_id",
            "ExpressionAttributeValues": own,
        }
        with _as_unavailable("store"):
            try:
                self._client.transact_write_items(
                    TransactItems=[{"ConditionCheck": check}, {"Put": {"TableName": self._name, "Item": item}}]
                )
            except self._client.exceptions.TransactionCanceledException as error:
                if error.response["CancellationReasons"][0].get("Code") != _FAILED:
                    raise
                return False
        return True

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
