"""A role of AWS IAM, whose policies a test may weaken for a moment."""

import json
from collections.abc import Iterator
from typing import Any

Statement = dict[str, Any]


class Role:
    """The inline policies of the function's role, which a test may change for a moment."""

    def __init__(self, iam: Any, arn: str) -> None:
        self._iam = iam
        self._name = arn.rpartition("/")[2]
        names = iam.list_role_policies(RoleName=self._name)["PolicyNames"]
        self._policies = {name: self._statements(name) for name in names}

    def weakened(self) -> Iterator[tuple[str, str, str, list[Statement]]]:
        """Each policy without one of its statements, or without one of a statement's actions or resources."""
        for name, statements in self._policies.items():
            for number, statement in enumerate(statements):
                others = statements[:number] + statements[number + 1 :]
                yield statement["Sid"], "", name, others
                for member in ("Action", "Resource"):
                    for part, rest in _without_one(statement[member]):
                        yield statement["Sid"], part, name, [*others, {**statement, member: rest}]

    def put(self, name: str, statements: list[Statement]) -> None:
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            self._iam.put_role_policy(RoleName=self._name, PolicyName=name, PolicyDocument=document)
        else:
            self._iam.delete_role_policy(RoleName=self._name, PolicyName=name)

    def restore(self, name: str) -> None:
        self.put(name, self._policies[name])

    def _statements(self, name: str) -> list[Statement]:
        document = self._iam.get_role_policy(RoleName=self._name, PolicyName=name)["PolicyDocument"]
        statements = document["Statement"]
        return statements if isinstance(statements, list) else [statements]


def _without_one(values: object) -> Iterator[tuple[str, list[str]]]:
    """Each of several values, and the others."""
    if isinstance(values, list) and len(values) > 1:
        for value in values:
            yield value, [other for other in values if other != value]
