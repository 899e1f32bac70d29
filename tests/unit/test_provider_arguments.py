"""Terraform arguments that both the oldest supported AWS provider (5.100.0) and a recent one (6.25.0) know.

Only 5.100.0 is run in this repository, while `terraform init` picks the newest 6.x for a user. So every `.tf` file is
read with a parser that is not Terraform's, and each argument and nested block of a resource or data source is looked up
in `tests/vectors/aws-provider-arguments.json` (the file says where its names come from).

Not covered: the values of arguments, and the keys of arguments that are maps or objects; attributes that are only read,
such as `data.aws_region.current.name`; which arguments are required; arguments of the `provider` block; ephemeral
resources; `.tf.json` and `.tftest.hcl` files; versions between the two and after 6.25.0. The vectors leave out `id` and
`timeouts` and know only some resource types: using anything else fails here until the vectors are extended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest
from hcl2 import SerializationOptions

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "tests" / "vectors" / "aws-provider-arguments.json").read_text())
BOTH = {kind: frozenset(arguments["both"]) for kind, arguments in VECTORS["resources"].items()}

# Built into Terraform, so no provider version changes it.
BUILTIN_TYPES = {"terraform_data"}
# What Terraform itself understands in any resource or data source.
META_ARGUMENTS = {"count", "for_each", "depends_on", "provider", "lifecycle"}
BLOCK_MARK = "__is_block__"
READING = SerializationOptions(with_comments=False)


def terraform_files() -> list[Path]:
    """Every `.tf` file of the project; folders that begin with a dot hold what tools made."""
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    below = [path for folder in folders for path in folder.rglob("*.tf")]
    return sorted(
        path
        for path in [*ROOT.glob("*.tf"), *below]
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    )


def is_block_list(value: Any) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(item, dict) and BLOCK_MARK in item for item in value)
    )


def nested_paths(name: str, blocks: list[Any], prefix: str) -> Iterator[str]:
    """The dotted paths of the blocks called `name` and of everything in them."""
    yield f"{prefix}{name}"
    for block in blocks:
        yield from argument_paths(block, f"{prefix}{name}.")


def argument_paths(body: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted paths of the arguments and nested blocks of a body; a dynamic block's are those of a plain one."""
    for name, value in body.items():
        if name == BLOCK_MARK or (not prefix and name in META_ARGUMENTS):
            continue
        if name == "dynamic":
            for dynamic in value:
                for label, block in dynamic.items():
                    yield from nested_paths(label.strip('"'), block["content"], prefix)
        elif is_block_list(value):
            yield from nested_paths(name, value, prefix)
        else:
            yield f"{prefix}{name}"


def resources(text: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The resources and data sources of a file: type as the vectors spell it, name, body."""
    document = hcl2.loads(text, serialization_options=READING)
    for keyword, prefix in (("resource", ""), ("data", "data ")):
        for block in document.get(keyword, []):
            for label, named in block.items():
                for name, body in named.items():
                    yield prefix + label.strip('"'), name.strip('"'), body


def unknown_arguments(text: str) -> list[str]:
    """What the file uses that one of the two provider versions, or the vectors, do not know."""
    unknown = []
    for kind, name, body in resources(text):
        if kind in BUILTIN_TYPES:
            continue
        if kind not in BOTH:
            unknown.append(f"{kind}.{name}: no such type in the vectors")
            continue
        unknown.extend(f"{kind}.{name}: {path}" for path in argument_paths(body) if path not in BOTH[kind])
    return unknown


@pytest.mark.parametrize("path", terraform_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_both_providers_know_every_argument(path: Path) -> None:
    """The file uses nothing that 5.100.0 lacks or that 6.25.0 no longer has."""
    assert unknown_arguments(path.read_text()) == []


def test_the_resources_are_found() -> None:
    """The parser sees the resources and data sources that the modules are made of, so that nothing passes unread."""
    kinds = {kind for path in terraform_files() for kind, _, _ in resources(path.read_text())}
    assert {"aws_lambda_function", "aws_lambda_function_url", "aws_iam_role", "data aws_iam_policy_document"} <= kinds


def test_the_vectors_say_where_they_come_from() -> None:
    """Both versions and the source of each."""
    assert "5.100.0 (its own schema)" in VECTORS["provenance"]
    assert "6.25.0 (the documentation links in the npm package" in VECTORS["provenance"]


KNOWN_TO_BOTH = """
resource "aws_lambda_function" "streaming" {
  for_each      = var.functions
  provider      = aws.west
  function_name = each.key
  environment {
    variables = { source_kms_key_arn = "a key of a map is no argument" }
  }
  snap_start { apply_on = "None" }
  lifecycle { ignore_changes = [filename] }
  depends_on = [aws_iam_role.execution]
}
resource "terraform_data" "build" {
  triggers_replace = [1]
  provisioner "local-exec" { command = "true" }
}
data "aws_iam_policy_document" "policy" {
  count = 1
  dynamic "statement" {
    for_each = []
    content {
      sid = "One"
      dynamic "condition" {
        for_each = []
        iterator = each_condition
        content { test = "Bool" }
      }
    }
  }
}
"""


def test_what_both_know_is_accepted() -> None:
    """Arguments, nested and dynamic blocks, what is Terraform's own, and its own resource type."""
    assert unknown_arguments(KNOWN_TO_BOTH) == []


@pytest.mark.parametrize(
    ("kind", "body", "path"),
    [
        pytest.param("aws_lambda_function", 'source_kms_key_arn = "a"', "source_kms_key_arn", id="argument-only-in-6"),
        pytest.param("aws_lambda_function", 'region = "eu-west-1"', "region", id="region-only-in-6"),
        pytest.param("aws_api_gateway_deployment", 'stage_name = "prod"', "stage_name", id="argument-only-in-5"),
        pytest.param(
            "aws_lambda_permission", "invoked_via_function_url = true", "invoked_via_function_url", id="only-after-6.25"
        ),
        pytest.param("aws_lambda_function", "tenancy_config {}", "tenancy_config", id="empty-block-only-in-6"),
        pytest.param(
            "aws_lambda_function", "snap_start {\n timeouts = 1\n}", "snap_start.timeouts", id="unknown-in-block"
        ),
        pytest.param(
            "aws_lambda_function", "snap_start {\n lifecycle = 1\n}", "snap_start.lifecycle", id="no-meta-in-a-block"
        ),
        pytest.param(
            "aws_lambda_function_url",
            'dynamic "cors" {\n for_each = []\n content {\n allow_all = true\n }\n}',
            "cors.allow_all",
            id="unknown-in-dynamic-block",
        ),
        pytest.param("aws_instance", "ami = 1", "no such type in the vectors", id="type-without-vectors"),
        pytest.param("random_id", "byte_length = 4", "no such type in the vectors", id="another-provider"),
    ],
)
def test_what_one_does_not_know_is_refused(kind: str, body: str, path: str) -> None:
    """The message names the resource and the argument."""
    assert unknown_arguments(f'resource "{kind}" "it" {{\n{body}\n}}\n') == [f"{kind}.it: {path}"]


def test_an_argument_of_a_data_source_is_refused_too() -> None:
    """Data sources have vectors of their own."""
    assert unknown_arguments('data "aws_region" "it" {\nregion = 1\n}\n') == ["data aws_region.it: region"]
