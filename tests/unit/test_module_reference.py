"""docs/module.md says what variables*.tf and outputs*.tf say: every variable, field, type, default and output."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2
import pytest
from hcl2 import SerializationOptions

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = (ROOT / "docs" / "module.md").read_text()
REQUIRED = "required"
OVERVIEW = "Variables at a glance"
READING = SerializationOptions(with_comments=False)

# `bedrock` or `bedrock.max_tokens` -> what the user must know of it
Entries = dict[str, "Entry"]


@dataclass(frozen=True)
class Entry:
    """The type and default of a variable or a field, as the parser reads them; REQUIRED where there is no default."""

    type: Any
    default: Any


def parse(expression: str) -> Any:
    """An HCL expression as the parser gives it, so that only the meaning of two spellings is compared."""
    return hcl2.loads(f"value = {expression}\n", serialization_options=READING)["value"]


def arguments(call: Any, function: str) -> str | None:
    """What stands in the parentheses of a call of `function`; None if the expression is no such call."""
    found = re.fullmatch(rf"\$\{{{function}\((.*)\)\}}", call, re.DOTALL) if isinstance(call, str) else None
    return found[1] if found else None


def member_type(kind: Any) -> str | None:
    """The type of a map's members, whose keys the caller chooses; None if the type is no map."""
    members = arguments(kind, "map")
    return f"${{{members}}}" if members is not None else None


def object_fields(kind: Any, prefix: str) -> Iterator[tuple[str, Entry]]:
    """The fields of an object, or of a map's objects, those of objects in it with dotted names; nothing otherwise."""
    fields = arguments(member_type(kind) or kind, "object")
    for name, declared in parse(fields).items() if fields is not None else ():
        optional = arguments(declared, "optional")
        field_kind, *default = parse(f"[{optional}]") if optional is not None else (declared, REQUIRED)
        yield f"{prefix}.{name}", Entry(shown_type(field_kind), default[0] if default else None)
        yield from object_fields(field_kind, f"{prefix}.{name}")


def shown_type(kind: Any) -> Any:
    """The type as tables show it: the fields of an object have rows of their own."""
    if arguments(kind, "object") is not None:
        return "object"
    return "${map(object)}" if arguments(member_type(kind), "object") is not None else kind


def declared_variables(text: str) -> Iterator[tuple[str, Entry]]:
    """The variables of a file, each followed by its fields."""
    for block in hcl2.loads(text, serialization_options=READING).get("variable", []):
        for label, body in block.items():
            name = label.strip('"')
            yield name, Entry(shown_type(body["type"]), body.get("default", REQUIRED))
            yield from object_fields(body["type"], name)


def declared_outputs(text: str) -> list[str]:
    """The names of a file's outputs."""
    document = hcl2.loads(text, serialization_options=READING)
    return [label.strip('"') for block in document.get("output", []) for label in block]


def sections(markdown: str, marks: str) -> dict[str, str]:
    """The text below each heading of one level, up to the next heading of that level or of one above."""
    pattern = rf"^{marks} (.+?)\n(.*?)(?=^#{{1,{len(marks)}}} |\Z)"
    return {heading.strip("`"): text for heading, text in re.findall(pattern, markdown, re.MULTILINE | re.DOTALL)}


def rows(text: str) -> Iterator[list[str]]:
    """The cells of the table rows that begin with a name in backquotes, linked or not."""
    for line in text.splitlines():
        if re.match(r"\| \[?`", line):
            yield [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def entry(kind: str, default: str) -> Entry:
    """What the two cells of a row say."""
    return Entry(parse(kind.strip("`")), REQUIRED if default == REQUIRED else parse(default.strip("`")))


def documented_variables(markdown: str) -> Entries:
    """What the reference says of variables and of their fields."""
    documented = {}
    for name, kind, default, _ in rows(sections(markdown, "##")[OVERVIEW]):
        documented[re.sub(r"^\[`(\w+)`\]\(#\1\)$", r"\1", name)] = entry(kind, default)
    for variable, text in sections(markdown, "###").items():
        for cells in rows(text):
            if len(cells) == 4:
                documented[f"{variable}.{cells[0].strip('`')}"] = entry(cells[1], cells[2])
    return documented


def documented_outputs(markdown: str) -> list[str]:
    """The outputs that the reference names."""
    return [name.strip("`") for name, _ in rows(sections(markdown, "##")["Outputs"])]


FILES = sorted(ROOT.glob("variables*.tf"))
DECLARED = [found for path in FILES for found in declared_variables(path.read_text())]
VARIABLES: Entries = dict(DECLARED)
OBJECTS = [name for name, declared in VARIABLES.items() if "." not in name and declared.type == "object"]
OUTPUTS = [name for path in sorted(ROOT.glob("outputs*.tf")) for name in declared_outputs(path.read_text())]


def test_every_variable_and_field_is_documented() -> None:
    """With its type and its default, and nothing that the module no longer has."""
    assert documented_variables(REFERENCE) == VARIABLES


def test_every_output_is_documented() -> None:
    """In the order of the file, and no other."""
    assert documented_outputs(REFERENCE) == OUTPUTS


def test_variables_stand_in_the_order_of_their_files() -> None:
    """In the overview, and as sections below it: each with a text of its own."""
    names = [name for name, _ in DECLARED if "." not in name]
    documented = [name for name in documented_variables(REFERENCE) if "." not in name]
    assert sorted(documented) == sorted(names)
    assert list(sections(REFERENCE, "###")) == documented
    assert all(text.strip() for text in sections(REFERENCE, "###").values())


def test_every_row_says_what_it_means() -> None:
    """The last cell is a text."""
    assert all(len(cells[-1]) > 10 for cells in rows(REFERENCE))


@pytest.mark.parametrize("variable", OBJECTS)
def test_every_object_has_an_example(variable: str) -> None:
    """One that sets fields which exist."""
    (example,) = re.findall(r"^```hcl\n(.*?)^```$", sections(REFERENCE, "###")[variable], re.MULTILINE | re.DOTALL)
    values = hcl2.loads(example, serialization_options=READING)
    assert variable in values
    assert {f"{name}.{field}" for name, value in values.items() for field in value} <= set(VARIABLES)


@pytest.mark.parametrize("line", [line for line in REFERENCE.splitlines() if any(rows(line))])
def test_a_row_that_is_missing_is_noticed(line: str) -> None:
    """Each row that begins with a name stands for a variable, a field or an output, and no two for the same."""
    without = REFERENCE.replace(f"{line}\n", "", 1)
    assert (documented_variables(without), documented_outputs(without)) != (VARIABLES, OUTPUTS)


NESTED = """
variable "chat" {
  # why
  type = object({
    page    = bool # a comment
    model   = optional(string)
    history = optional(object({ ttl_days = optional(number, 30) }), {})
    paths   = optional(list(string), ["/a", "/b"])
  })
  default = null
}
variable "name" {
  type = string
}
"""


def test_objects_in_objects_are_read() -> None:
    """Their fields have dotted names, and a default of null is none at all or written out."""
    assert dict(declared_variables(NESTED)) == {
        "chat": Entry("object", None),
        "chat.page": Entry("bool", REQUIRED),
        "chat.model": Entry("string", None),
        "chat.history": Entry("object", {}),
        "chat.history.ttl_days": Entry("number", 30),
        "chat.paths": Entry("${list(string)}", ['"/a"', '"/b"']),
        "name": Entry("string", REQUIRED),
    }


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("`number`", "`31`"),
        ("`string`", "`30`"),
        ("`number`", "required"),
        ("`number`", "`null`"),
        ("`number`", '`"30"`'),
    ],
)
def test_another_type_or_default_is_noticed(kind: str, default: str) -> None:
    """A reference that says something else than the code is wrong in any of these ways."""
    changed = REFERENCE.replace(
        "| `retention_in_days` | `number` | `30` |", f"| `retention_in_days` | {kind} | {default} |"
    )
    assert changed != REFERENCE
    assert documented_variables(changed) != VARIABLES
