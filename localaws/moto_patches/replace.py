"""Setting of a moto class's members, with a check that moto is the one that the patches were written for."""

from __future__ import annotations


def replace(owner: type, name: str, member: object) -> None:
    """Replace a member; AttributeError when moto has it no longer."""
    getattr(owner, name)
    setattr(owner, name, member)


def add(owner: type, name: str, member: object) -> None:
    """Add a member; RuntimeError when moto has gained one of that name."""
    if name in vars(owner):
        raise RuntimeError(f"moto's {owner.__name__} now has {name}: see whether the patch is still needed.")
    setattr(owner, name, member)
