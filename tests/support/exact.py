"""Comparing events and parts of messages: to Python's == named tuples of any type are equal if their fields are."""


def exact(value: object) -> object:
    """`value` with the type of each named tuple in it said, so that `TextDelta("a")` isn't `ReasoningDelta("a")`."""
    if isinstance(value, dict):
        return {key: exact(each) for key, each in value.items()}
    if isinstance(value, list):
        return [exact(each) for each in value]
    if isinstance(value, tuple):
        named = (type(value).__name__,) if hasattr(value, "_fields") else ()
        return (*named, *(exact(each) for each in value))
    return value
