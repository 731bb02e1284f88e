"""The executables of Arrow's integration tests, in the small: the command lines of those in Go, for int32 and utf8, by pyarrow.

executables.py json --arrow FILE --json FILE --mode JSON_TO_ARROW|ARROW_TO_JSON|VALIDATE
executables.py file-to-stream FILE > STREAM
executables.py stream-to-file < STREAM > FILE

With FAULT in the environment they are wrong in one way:
    forgets-row     ARROW_TO_JSON leaves the last row out
    refuses         nothing can be read
    panics          reading ends as a program in Go ends that panics
"""

import argparse
import json
import os
import sys

import pyarrow as pa

FAULT = os.environ.get("FAULT")

TYPES = {
    "int": ({"name": "int", "bitWidth": 32, "isSigned": True}, pa.int32()),
    "utf8": ({"name": "utf8"}, pa.utf8()),
}


def type_of(field):
    kind, arrow = TYPES[field["type"]["name"]]
    if field["type"] != kind:
        raise SystemExit(f"type {field['type']} is not implemented")
    return arrow


def pairs(metadata):
    return [{"key": key.decode(), "value": value.decode()} for key, value in (metadata or {}).items()]


def metadata_of(json_object):
    return {pair["key"]: pair["value"] for pair in json_object.get("metadata") or []} or None


def read_json(path):
    with open(path) as file:
        root = json.load(file)
    fields = [
        pa.field(field["name"], type_of(field), field["nullable"], metadata_of(field))
        for field in root["schema"]["fields"]
    ]
    schema = pa.schema(fields, metadata_of(root["schema"]))
    batches = []
    for batch in root["batches"]:
        columns = [
            pa.array([value if valid else None for value, valid in zip(column["DATA"], column["VALIDITY"])], field.type)
            for column, field in zip(batch["columns"], fields)
        ]
        batches.append(pa.record_batch(columns, schema=schema))
    return schema, batches


def column_to_json(field, column):
    values = column.to_pylist()
    written = {"name": field.name, "count": len(values), "VALIDITY": [int(value is not None) for value in values]}
    if field.type == pa.utf8():
        texts = [value or "" for value in values]
        ends = [0]
        for text in texts:
            ends.append(ends[-1] + len(text.encode()))
        return written | {"OFFSET": ends, "DATA": texts}
    return written | {"DATA": [value or 0 for value in values]}


def write_json(schema, batches, path):
    fields = [
        {
            "name": field.name,
            "nullable": field.nullable,
            "type": next(kind for kind, arrow in TYPES.values() if arrow == field.type),
            "children": [],
            "metadata": pairs(field.metadata),
        }
        for field in schema
    ]
    root = {
        "schema": {"fields": fields, "metadata": pairs(schema.metadata)},
        "batches": [
            {
                "count": batch.num_rows,
                "columns": [column_to_json(field, column) for field, column in zip(schema, batch.columns)],
            }
            for batch in batches
        ],
    }
    with open(path, "w") as file:
        json.dump(root, file)


def read_file(path):
    reader = pa.ipc.open_file(path)
    batches = [reader.get_batch(index) for index in range(reader.num_record_batches)]
    if FAULT == "panics":
        sys.stderr.write("panic: runtime error: index out of range [2] with length 2\n\ngoroutine 1 [running]:\n")
        raise SystemExit(2)
    if FAULT == "refuses":
        raise SystemExit("this file is not for me")
    return reader.schema, batches


def write_file(schema, batches, sink):
    with pa.ipc.new_file(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def convert_json(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--arrow")
    parser.add_argument("--json")
    parser.add_argument("--mode")
    options = parser.parse_args(arguments)
    if options.mode == "JSON_TO_ARROW":
        write_file(*read_json(options.json), options.arrow)
    elif options.mode == "ARROW_TO_JSON":
        schema, batches = read_file(options.arrow)
        if FAULT == "forgets-row" and batches:
            batches[-1] = batches[-1].slice(0, batches[-1].num_rows - 1)
        write_json(schema, batches, options.json)
    else:
        (expected, of_json), (schema, batches) = read_json(options.json), read_file(options.arrow)
        if schema != expected:
            raise SystemExit(f"schemas differ: {expected} and {schema}")
        for index, (one, other) in enumerate(zip(of_json, batches)):
            if one != other:
                raise SystemExit(f"batch {index} differs")


def main(program, *arguments):
    if program == "json":
        convert_json(arguments)
    elif program == "file-to-stream":
        schema, batches = read_file(arguments[0])
        with pa.ipc.new_stream(sys.stdout.buffer, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
    else:
        reader = pa.ipc.open_stream(sys.stdin.buffer)
        write_file(reader.schema, list(reader), sys.stdout.buffer)


if __name__ == "__main__":
    main(*sys.argv[1:])
