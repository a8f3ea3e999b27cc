"""The published contracts, as every running service sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tidelake.contracts import names
from tidelake.contracts.admission import compile_schema
from tidelake.contracts.bindings import TopicBinding, decode_binding
from tidelake.contracts.contract import Contract, Version
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.small_objects import MAX_DOCUMENT_BYTES, UnusableObject, usable
from tidelake.tables.objects import ObjectEntry, Objects

_CONTRACT = re.compile(r"contracts/(?P<dataset>[^/]+)/(?P<version>[0-9]+\.[0-9]+\.[0-9]+)\.yaml")
_BINDING = re.compile(r"contracts/(?P<dataset>[^/]+)/topic-v(?P<major>[^/]+)\.json")
_MAJOR = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class PublishedContract:
    """One version as it was published. Immutable, as its objects are."""

    contract: Contract
    json_schema: bytes

    @property
    def table(self) -> tuple[str, int]:
        """Dataset and major version: what has a topic and a table of its own."""
        return self.contract.dataset, self.contract.major


@dataclass(frozen=True, slots=True)
class Changes:
    """What a refresh found that was not known before."""

    published: tuple[PublishedContract, ...] = ()  # ordered by dataset and version
    bound: Mapping[tuple[str, int], TopicBinding] = field(default_factory=lambda: MappingProxyType({}))
    broken: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # path -> why

    def __bool__(self) -> bool:
        return bool(self.published or self.bound or self.broken)


@dataclass(frozen=True, slots=True)
class _Known:
    versions: Mapping[tuple[str, Version], PublishedContract]
    bindings: Mapping[tuple[str, int], TopicBinding]
    newest: Mapping[str, PublishedContract]
    newest_by_table: Mapping[tuple[str, int], PublishedContract]
    broken: Mapping[str, str]


class PublishedContracts:
    """Newest known state of every published contract. Reading is safe from any thread and never waits.

    One thread calls refresh(). What was known stays when the store can't be reached, and one object that
    can't be used never hides another.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._generations: dict[str, int] = {}  # of every object that was read, usable or not
        self._known = _known({}, {}, {})

    def newest(self, dataset: str) -> PublishedContract | None:
        """Newest version of the dataset."""
        return self._known.newest.get(dataset)

    def newest_of(self, dataset: str, major: int) -> PublishedContract | None:
        """Newest version within one major version."""
        return self._known.newest_by_table.get((dataset, major))

    def tables(self) -> tuple[PublishedContract, ...]:
        """Newest version of each (dataset, major version), ordered by them: one topic and one table each."""
        return tuple(self._known.newest_by_table.values())

    def all_of(self, dataset: str, major: int) -> tuple[PublishedContract, ...]:
        """Every version within one major version."""
        return tuple(found for found in self._known.versions.values() if found.table == (dataset, major))

    def version(self, dataset: str, version: Version) -> PublishedContract | None:
        """That very version."""
        return self._known.versions.get((dataset, version))

    def binding(self, dataset: str, major: int) -> TopicBinding | None:
        """The incarnation of the topic that the table is filled from; None: not applied to the end yet."""
        return self._known.bindings.get((dataset, major))

    def broken(self) -> Mapping[str, str]:
        """Objects that can't be used, and why. They are read again when they change."""
        return self._known.broken

    def refresh(self) -> Changes:
        """Read what changed since the last call.

        Raises StoreUnavailable or StoreRefused; the state before then stands.
        """
        known = self._known
        versions, bindings = dict(known.versions), dict(known.bindings)
        broken = dict(known.broken)
        listed = {entry.path: entry for entry in self._objects.list(names.CONTRACTS)}
        generations = {path: seen for path, seen in self._generations.items() if path in listed}
        published: list[PublishedContract] = []
        bound: dict[tuple[str, int], TopicBinding] = {}
        newly_broken: dict[str, str] = {}
        for path in broken.keys() - listed.keys():
            del broken[path]
        for entry in listed.values():
            if generations.get(entry.path) == entry.generation:
                continue
            try:
                if match := _CONTRACT.fullmatch(entry.path):
                    found = self._read_contract(entry, match["dataset"], match["version"], listed)
                    if found is None:
                        continue  # its schema comes in a moment: looked for again at the next refresh
                    versions[found.contract.dataset, found.contract.version] = found
                    published.append(found)
                elif match := _BINDING.fullmatch(entry.path):
                    table = match["dataset"], _major(entry.path, match["major"])
                    bound[table] = bindings[table] = decode_binding(self._content(entry.path), *table)
            except UnusableObject as problem:
                newly_broken[entry.path] = broken[entry.path] = problem.reason
            else:
                broken.pop(entry.path, None)
            generations[entry.path] = entry.generation
        self._known = _known(versions, bindings, broken)
        self._generations = generations
        published.sort(key=lambda found: (found.contract.dataset, found.contract.version))
        return Changes(tuple(published), MappingProxyType(bound), MappingProxyType(newly_broken))

    def _read_contract(
        self, entry: ObjectEntry, dataset: str, version: str, listed: Mapping[str, ObjectEntry]
    ) -> PublishedContract | None:
        schema_path = names.json_schema_path(dataset, version)
        if schema_path not in listed:
            return None
        contract = usable(
            entry.path,
            self._content(entry.path),
            MAX_DOCUMENT_BYTES,
            lambda content: parse_contract(content.decode(), entry.path),
        )
        if (contract.dataset, str(contract.version)) != (dataset, version):
            raise UnusableObject(
                entry.path, f"It holds the contract of {contract.dataset} {contract.version}."
            )
        schema = self._content(schema_path)
        try:
            usable(schema_path, schema, MAX_DOCUMENT_BYTES, lambda content: compile_schema(dataset, content))
        except UnusableObject as problem:
            raise UnusableObject(entry.path, f"{schema_path}: {problem.reason}") from problem
        return PublishedContract(contract, schema)

    def _content(self, path: str) -> bytes:
        stored = self._objects.read(path)
        if stored is None:
            raise UnusableObject(path, "It was removed while it was read.")
        return stored.content


def _major(path: str, text: str) -> int:
    if _MAJOR.fullmatch(text) is None:
        raise UnusableObject(path, "Its name has no major version, as topic-v1.json has.")
    return int(text)


def _known(
    versions: Mapping[tuple[str, Version], PublishedContract],
    bindings: Mapping[tuple[str, int], TopicBinding],
    broken: Mapping[str, str],
) -> _Known:
    in_order = [versions[key] for key in sorted(versions)]
    return _Known(
        versions=MappingProxyType(dict(versions)),
        bindings=MappingProxyType(dict(bindings)),
        newest=MappingProxyType({found.contract.dataset: found for found in in_order}),
        newest_by_table=MappingProxyType({found.table: found for found in in_order}),
        broken=MappingProxyType(dict(broken)),
    )
