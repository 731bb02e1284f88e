"""As much of Arrow IPC as the faulty adapter needs: streams of int32, int64 and utf8 columns, written and read."""

import struct

CONTINUATION = 0xFFFFFFFF
END_OF_STREAM = struct.pack("<II", CONTINUATION, 0)
V5 = 4
SCHEMA, RECORD_BATCH = 1, 3
INT, UTF8 = 2, 5


class Flatbuffer:
    """Writes a flatbuffer from front to back: what refers to something comes before it."""

    def __init__(self, root):
        self.bytes = bytearray(8)
        struct.pack_into("<I", self.bytes, 0, root(self))

    def pad(self, ahead=0, to=8):
        while (len(self.bytes) + ahead) % to:
            self.bytes.append(0)

    def refer(self, slot, make):
        target = make(self)
        struct.pack_into("<I", self.bytes, slot, target - slot)


def table(fields):
    """A table from {slot: ("i", number)} and {slot: what writes the value}; every field takes eight bytes."""

    def write(out):
        slots = max(fields, default=-1) + 1
        places = {slot: 8 + 8 * index for index, slot in enumerate(fields)}
        vtable = struct.pack(f"<HH{slots}H", 4 + 2 * slots, 8 + 8 * len(fields), *(places.get(n, 0) for n in range(slots)))
        out.pad(len(vtable))
        out.bytes += vtable
        start = len(out.bytes)
        out.bytes += struct.pack("<i", len(vtable)) + bytes(4 + 8 * len(fields))
        for slot, value in fields.items():
            if callable(value):
                out.refer(start + places[slot], value)
            else:
                struct.pack_into("<" + value[0], out.bytes, start + places[slot], value[1])
        return start

    return write


def text(value):
    def write(out):
        out.pad(to=4)
        start = len(out.bytes)
        encoded = value.encode()
        out.bytes += struct.pack("<I", len(encoded)) + encoded + b"\0"
        return start

    return write


def vector(items):
    def write(out):
        out.pad(to=4)
        start = len(out.bytes)
        out.bytes += struct.pack("<I", len(items)) + bytes(4 * len(items))
        for index, item in enumerate(items):
            out.refer(start + 4 + 4 * index, item)
        return start

    return write


def pairs_of_longs(pairs):
    def write(out):
        out.pad(4)
        start = len(out.bytes)
        out.bytes += struct.pack("<I", len(pairs)) + b"".join(struct.pack("<qq", *pair) for pair in pairs)
        return start

    return write


def key_values(metadata):
    return vector([table({0: text(key), 1: text(value)}) for key, value in metadata])


def message(kind, header, body=b"", metadata=()):
    fields = {0: ("h", V5), 1: ("B", kind), 2: header, 3: ("q", len(body))}
    if metadata:
        fields[4] = key_values(metadata)
    out = Flatbuffer(table(fields))
    out.pad()
    return struct.pack("<II", CONTINUATION, len(out.bytes)) + bytes(out.bytes) + body


def field(json):
    kind = {"int32": (INT, {0: ("i", 32), 1: ("B", 1)}), "utf8": (UTF8, {})}[json["type"]]
    fields = {0: text(json["name"]), 1: ("B", json["nullable"]), 2: ("B", kind[0]), 3: table(kind[1]), 5: vector([])}
    if json["metadata"]:
        fields[6] = key_values(json["metadata"])
    return table(fields)


def buffers_of(column, kind):
    validity = bytearray((len(column) + 7) // 8)
    for index, value in enumerate(column):
        validity[index // 8] |= (value is not None) << index % 8
    if kind == "int32":
        return [bytes(validity), struct.pack(f"<{len(column)}i", *(int(value or 0) for value in column))]
    data, offsets = b"", [0]
    for value in column:
        data += (value or "").encode()
        offsets.append(len(data))
    return [bytes(validity), struct.pack(f"<{len(offsets)}i", *offsets), data]


def write(document, padding=0, alignment=8):
    """The bytes of a document; what fills up its buffers, to multiples of the alignment, are bytes of this value."""
    schema = document["schema"]
    header = {1: vector([field(json) for json in schema["fields"]])}
    if schema["metadata"]:
        header[2] = key_values(schema["metadata"])
    parts = [message(SCHEMA, table(header))]
    for batch in document["batches"]:
        body, nodes, buffers = b"", [], []
        for column, json in zip(batch["columns"], schema["fields"]):
            nodes.append((len(column), column.count(None)))
            for buffer in buffers_of(column, json["type"]):
                buffers.append((len(body), len(buffer)))
                body += buffer + bytes([padding]) * (-len(buffer) % alignment)
        header = table({0: ("q", batch["rows"]), 1: pairs_of_longs(nodes), 2: pairs_of_longs(buffers)})
        parts.append(message(RECORD_BATCH, header, body, batch["metadata"]))
    return b"".join(parts) + END_OF_STREAM


class Table:
    """A table that is read."""

    def __init__(self, data, start):
        self.data, self.start = data, start
        self.vtable = start - struct.unpack_from("<i", data, start)[0]

    def place(self, slot):
        size = struct.unpack_from("<H", self.data, self.vtable)[0]
        within = struct.unpack_from("<H", self.data, self.vtable + 4 + 2 * slot)[0] if 4 + 2 * slot < size else 0
        return self.start + within if within else None

    def number(self, slot, kind, default=0):
        place = self.place(slot)
        return default if place is None else struct.unpack_from("<" + kind, self.data, place)[0]

    def target(self, slot):
        place = self.place(slot)
        return None if place is None else place + struct.unpack_from("<I", self.data, place)[0]

    def table(self, slot):
        return Table(self.data, self.target(slot))

    def text(self, slot):
        start = self.target(slot)
        if start is None:
            return ""
        return self.data[start + 4 : start + 4 + struct.unpack_from("<I", self.data, start)[0]].decode()

    def tables(self, slot):
        start = self.target(slot)
        places = [] if start is None else range(start + 4, start + 4 + 4 * struct.unpack_from("<I", self.data, start)[0], 4)
        return [Table(self.data, place + struct.unpack_from("<I", self.data, place)[0]) for place in places]

    def longs(self, slot):
        start = self.target(slot)
        if start is None:
            return []
        numbers = struct.unpack_from(f"<{2 * struct.unpack_from('<I', self.data, start)[0]}q", self.data, start + 4)
        return list(zip(numbers[::2], numbers[1::2]))

    def pairs(self, slot):
        return [[pair.text(0), pair.text(1)] for pair in self.tables(slot)]


def read_field(json):
    kind = json.number(2, "B")
    width = json.table(3).number(0, "i") if kind == INT else 0
    return {
        "name": json.text(0),
        "type": f"int{width}" if kind == INT else "utf8",
        "nullable": bool(json.number(1, "B")),
        "metadata": json.pairs(6),
        "children": [],
    }


def read_column(kind, rows, body, buffers, check):
    def take():
        start, length = buffers.pop(0)
        return body[start : start + length]

    validity = take()
    valid = [not validity or bool(validity[n // 8] >> n % 8 & 1) for n in range(rows)]
    if kind != "utf8":
        code = {"int32": "i", "int64": "q"}[kind]
        values = [str(value) for value in struct.unpack_from(f"<{rows}{code}", take())]
    else:
        offsets, data = struct.unpack_from(f"<{rows + 1}i", take()), take()
        if check and any(offset > len(data) for offset in offsets):
            raise ValueError(f"an offset is behind the {len(data)} bytes of the data")
        values = [data[a:b].decode() for a, b in zip(offsets, offsets[1:])]
    return [value if there else None for value, there in zip(values, valid)]


def read(data, check=True):
    """The document in some bytes; a ValueError where they are wrong, unless nothing is checked."""
    schema, batches, at = None, [], 0
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        if size == 0:
            break
        metadata = data[at + 8 : at + 8 + size]
        root = Table(metadata, struct.unpack_from("<I", metadata)[0])
        start = at + 8 + size
        at = start + root.number(3, "q")
        header = root.table(2)
        if root.number(1, "B") == SCHEMA:
            schema = {"fields": [read_field(json) for json in header.tables(1)], "metadata": header.pairs(2)}
            continue
        body, buffers, nodes = data[start:at], header.longs(2), header.longs(1)
        columns = [
            read_column(field["type"], rows, body, buffers, check) for field, (rows, _) in zip(schema["fields"], nodes)
        ]
        batches.append({"rows": header.number(0, "q"), "metadata": root.pairs(4), "columns": columns})
    return {"schema": schema, "batches": batches}
