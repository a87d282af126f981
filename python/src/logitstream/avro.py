"""Values of any Avro schema, read with the schema that they were written with.

Schemas and values may come from elsewhere: lengths are held against the bytes that remain before memory is taken, and
time is bounded by a multiple of the bytes. A ValueError says what is wrong.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

NUMBERS = {"float": "<f", "double": "<d"}
# Values, and the types within types that lead to them, which the bytes of a reader may have. A LogitsBatch has fewer values
# than bytes; records of nulls, which take no bytes, could otherwise multiply without an end.
VALUES_PER_BYTE = 16
SPARE_BYTES = 4096
PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")


class Schema:
    """A schema with the types that it names.

    text: the schema, or what JSON makes of it
    """

    def __init__(self, text: Any) -> None:
        try:
            self.type = json.loads(text) if isinstance(text, (str, bytes)) else text
            self.names: dict[str, Any] = {}
            self._collect(self.type, "")
        except (KeyError, TypeError, AttributeError, RecursionError):
            raise ValueError("it is no Avro schema") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and other.type == self.type

    @property
    def name(self) -> str:
        """Name of the record, without its namespace, or the kind of another type."""
        kind = self.type.get("name", self.type["type"]) if isinstance(self.type, dict) else self.type
        return str(kind)[:100].rpartition(".")[2]

    __hash__ = None  # type: ignore[assignment]

    def _collect(self, schema: Any, namespace: str) -> None:
        """Notes the named types. A namespace applies to all that a record contains."""
        if isinstance(schema, list):
            for branch in schema:
                self._collect(branch, namespace)
        elif isinstance(schema, dict):
            kind = schema["type"]
            if kind in ("record", "enum", "fixed"):
                name = str(schema["name"])
                namespace = name.rpartition(".")[0] or str(schema.get("namespace", namespace))
                self.names[name.rpartition(".")[2]] = schema
                self.names[f"{namespace}.{name.rpartition('.')[2]}"] = schema
            for field in schema["fields"] if kind == "record" else ():
                str(field["name"])
                self._collect(field["type"], namespace)
            if kind in ("array", "map"):
                self._collect(schema["items" if kind == "array" else "values"], namespace)
            elif isinstance(kind, (dict, list)):
                self._collect(kind, namespace)


class Reader:
    """Avro's binary encoding in memory, bounds-checked."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at
        # Items of arrays and maps, which may take no bytes at all.
        self._items_left = len(data)
        self._values_left = VALUES_PER_BYTE * (len(data) + SPARE_BYTES)

    def long(self) -> int:
        value = shift = 0
        while True:
            if self.at >= len(self.data) or shift > 63:
                raise ValueError("a number is cut off or too long")
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)

    def take(self, length: int) -> bytes:
        if not 0 <= length <= len(self.data) - self.at:
            raise ValueError(f"a length of {length} is impossible")
        self.at += length
        return self.data[self.at - length : self.at]

    def blob(self) -> bytes:
        return self.take(self.long())

    def items(self) -> Iterator[None]:
        """Once for each item of an array or map."""
        while True:
            count = self.long()
            if count == 0:
                return
            if count < 0:
                count = -count
                self.long()
            if count > self._items_left:
                raise ValueError(f"a number of {count} items is impossible")
            self._items_left -= count
            for _ in range(count):
                yield None

    def value(self, schema: Schema) -> Any:
        """Reads a value: records as dictionaries, bytes and fixed as bytes, enums as their numbers."""
        try:
            return self._value(schema.type, schema.names)
        except RecursionError:
            raise ValueError("a value is nested too deeply") from None
        except (KeyError, TypeError, AttributeError):
            raise ValueError("its schema cannot be used") from None

    def _value(self, schema: Any, names: dict[str, Any]) -> Any:
        self._values_left -= 1
        if self._values_left < 0:
            raise ValueError(f"its schema makes too many values of {len(self.data)} bytes")
        if isinstance(schema, list):
            branch = self.long()
            if not 0 <= branch < len(schema):
                raise ValueError(f"a union has no branch {branch}")
            return self._value(schema[branch], names)
        kind = schema["type"] if isinstance(schema, dict) else schema
        if isinstance(kind, (dict, list)):
            return self._value(kind, names)
        if kind == "record":
            return {field["name"]: self._value(field["type"], names) for field in schema["fields"]}
        if kind == "bytes":
            return self.blob()
        if kind == "string":
            try:
                return self.blob().decode("utf-8")
            except UnicodeDecodeError:
                raise ValueError("a text that is not UTF-8") from None
        if kind in ("int", "long", "enum"):
            return self.long()
        if kind == "null":
            return None
        if kind == "boolean":
            return self.take(1) != b"\0"
        if kind in NUMBERS:
            return struct.unpack(NUMBERS[kind], self.take(struct.calcsize(NUMBERS[kind])))[0]
        if kind == "fixed":
            return self.take(int(schema["size"]))
        if kind == "array":
            return [self._value(schema["items"], names) for _ in self.items()]
        if kind == "map":
            return {self.blob(): self._value(schema["values"], names) for _ in self.items()}
        if isinstance(schema, str) and schema not in PRIMITIVES:
            return self._value(names[schema], names)
        raise ValueError(f"a value is of the unknown type {kind}")
