"""Count the values of each column of a Parquet file from its footer.

pyarrow gives these counts, too, but a damaged footer makes it end the whole process. So the few fields that are needed
are read here; all others are passed over.
"""

from __future__ import annotations

import os
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_FOOTER_MARK = b"PAR1"
_TAIL = struct.Struct("<I4s")
MOST_FOOTER_BYTES = 50_000_000
_DEEPEST = 32
"""Parquet's own structures lie nine deep."""

# The types of Thrift's compact protocol: github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT, _UUID = range(1, 14)

_SIZES = {_TRUE: 0, _FALSE: 0, _BYTE: 1, _DOUBLE: 8, _UUID: 16}

# The numbers of the fields: github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
_ROW_GROUPS, _COLUMNS, _COLUMN_ABOUT, _NUM_VALUES = 4, 1, 3, 5


def count_values(path: Path) -> list[int]:
    """Return the number of values of each column, with the items of its lists.

    Raises
    ------
    ValueError
        The file has no footer of Parquet.
    """
    reader = _FooterReader(_read_footer(path))
    counts: Counter[int] = Counter()
    try:
        for field, kind in reader.read_fields():
            if (field, kind) == (_ROW_GROUPS, _LIST):
                for _ in reader.read_items(_STRUCT):
                    _count_in_row_group(reader, counts)
            else:
                reader.skip(kind)
    except (IndexError, RecursionError):
        raise ValueError("expected a footer of Parquet, got one that is damaged") from None
    return [counts[k] for k in sorted(counts)]


def _count_in_row_group(reader: _FooterReader, counts: Counter[int]) -> None:
    for field, kind in reader.read_fields():
        if (field, kind) == (_COLUMNS, _LIST):
            for column in reader.read_items(_STRUCT):
                counts[column] += _count_in_column(reader)
        else:
            reader.skip(kind)


def _count_in_column(reader: _FooterReader) -> int:
    values = 0
    for field, kind in reader.read_fields():
        if (field, kind) != (_COLUMN_ABOUT, _STRUCT):
            reader.skip(kind)
            continue
        for inner, inner_kind in reader.read_fields():
            if (inner, inner_kind) == (_NUM_VALUES, _I64):
                values += max(0, reader.read_number())
            else:
                reader.skip(inner_kind)
    return values


def _read_footer(path: Path) -> bytes:
    """Return the bytes of the footer, which are the last ones but eight."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size >= _TAIL.size:
            file.seek(size - _TAIL.size)
            length, mark = _TAIL.unpack(file.read(_TAIL.size))
            if mark == _FOOTER_MARK and length <= min(size - _TAIL.size, MOST_FOOTER_BYTES):
                file.seek(size - _TAIL.size - length)
                return file.read(length)
    raise ValueError("expected a file that ends with a footer of Parquet, got another one")


class _FooterReader:
    """Reads Thrift's compact protocol from left to right.

    IndexError is raised where the bytes end too early or make no sense.
    """

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def read_fields(self) -> Iterator[tuple[int, int]]:
        """Yield number and type of each field of a structure.

        The caller reads or skips the value of each.
        """
        field = 0
        while (head := self._read_byte()) != 0:
            step, kind = head >> 4, head & 0x0F
            field = field + step if step else self.read_number()
            yield field, kind

    def read_items(self, wanted: int) -> Iterator[int]:
        """Yield the index of each item of a list; the caller reads or skips it."""
        kind, count = self._read_list_head()
        if count and kind != wanted:
            raise IndexError("a list of something else")
        yield from range(count)

    def read_number(self) -> int:
        """Return a whole number; its sign is in the last bit."""
        number = self._read_unsigned()
        return (number >> 1) ^ -(number & 1)

    def skip(self, kind: int, depth: int = 0) -> None:
        """Pass over a value."""
        if depth > _DEEPEST:
            raise IndexError("too deep")
        if kind in _SIZES:
            self._pass_over(_SIZES[kind])
        elif kind in (_I16, _I32, _I64):
            self._read_unsigned()
        elif kind == _BINARY:
            self._pass_over(self._read_unsigned())
        elif kind == _STRUCT:
            for _, inner in self.read_fields():
                self.skip(inner, depth + 1)
        else:
            self._skip_items(kind, depth)

    def _skip_items(self, kind: int, depth: int) -> None:
        """Pass over a list, a set or a map."""
        if kind in (_LIST, _SET):
            item, count = self._read_list_head()
            kinds = [item]
        elif kind == _MAP:
            count = self._read_unsigned()
            both = self._read_byte() if count else 0
            kinds = [both >> 4, both & 0x0F]
        else:
            raise IndexError("an unknown type")
        for _ in range(count):
            for one in kinds:
                self._skip_item(one, depth)

    def _skip_item(self, kind: int, depth: int) -> None:
        """Pass over an item of a list or map.

        There a truth value takes a byte; in a structure it takes none.
        """
        self.skip(_BYTE if kind in (_TRUE, _FALSE) else kind, depth + 1)

    def _read_list_head(self) -> tuple[int, int]:
        head = self._read_byte()
        count = head >> 4
        return head & 0x0F, self._read_unsigned() if count == 15 else count

    def _read_unsigned(self) -> int:
        number = 0
        for shift in range(0, 70, 7):
            byte = self._read_byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
        raise IndexError("a number without an end")

    def _read_byte(self) -> int:
        byte = self._content[self._at]
        self._at += 1
        return byte

    def _pass_over(self, count: int) -> None:
        self._at += count
        if self._at > len(self._content):
            raise IndexError("the footer ends too early")
