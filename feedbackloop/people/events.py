"""What happened to people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PeopleErased:
    """Every station takes their words and traces out of its own tables."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class AddressesErased:
    """What is kept by address alone goes as well: `keys` are the keyed hashes of the addresses."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class ConsentsChanged:
    """What these people allow changed: something was given, or taken back. `ids` are of customers."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class PeopleChanged:
    """What we know of these people changed: a name, an address, a language."""

    ids: tuple[int, ...]
