"""Reading the items of an XML feed one by one, by element name in any namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from lxml import etree
from msgspec import Struct

from terraloom.errors import RecordError
from terraloom.records import Payload, Reject
from terraloom.sources.base import each, reject_payload
from terraloom.sources.splitting import XmlRecord, split_xml
from terraloom.sources.values import safe_xml

T = TypeVar("T")


class Item(Struct, frozen=True):
    """One item: parsed, and verbatim."""

    element: etree._Element
    fragment: bytes

    def text(self, path: str) -> str:
        return text(self.element, path)

    def attribute(self, path: str, name: str) -> str:
        """Attribute `name` at `path`, trimmed; "" where there is none."""
        found = find(self.element, path)
        return "" if found is None else str(found.get(name) or "").strip()


def read_items(
    payload: Payload, root: str, tag: str, read: Callable[[Item], T | None]
) -> Iterator[T | Reject]:
    """
    Every `tag` of an XML payload whose root is `root`; `read` gives None for one that is no report.

    A payload that is no such document is one `Reject`; one that was cut off gives its whole records first.
    """
    try:
        records, damage = split_xml(payload.body, tag)
        if not records and not damage:
            _require_root(payload.body, root)
    except RecordError as error:
        yield reject_payload(payload, error)
        return

    def one(record: XmlRecord) -> T | None:
        return read(Item(record.element(), record.fragment))

    for found in each(records, one):
        if found is not None:
            yield found
    yield from damage


def find(element: etree._Element, path: str) -> etree._Element | None:
    """The element at `path`; names match in any namespace."""
    return element.find("/".join("{*}" + step for step in path.split("/")))


def text(element: etree._Element, path: str) -> str:
    """Text at `path`, trimmed; "" where there is none."""
    found = find(element, path)
    return "" if found is None else "".join(str(part) for part in found.itertext()).strip()


def looks_like(body: bytes, *words: bytes, within: int = 4096) -> bool:
    """Whether the first bytes hold all of `words`: cheap, and never raises."""
    head = body[:within].replace(b"\0", b"")  # UTF-16
    return all(word in head for word in words)


def _require_root(body: bytes, root: str) -> None:
    found = etree.QName(safe_xml(body)).localname
    if found != root:
        raise RecordError("root element", found, root)
