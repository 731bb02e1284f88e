// node --test kit/js/tests/

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Adapter, bitsOf, elementOf, integerOf, pairsOf, textOf, Unsupported } from "../arrowipc-adapter.mjs";

class Sample extends Adapter {
  id = "sample";
  implementation() {
    return { name: "sample", language: "javascript", version: "1" };
  }
  read(path, form) {
    if (form === "file") throw new Unsupported("format.file", "streams only");
    if (path.endsWith("broken")) throw new RangeError("no magic");
    return { rows: 2 };
  }
  write() {
    return Uint8Array.of(1, 2, 3);
  }
  document({ rows }) {
    return { schema: { fields: [], metadata: [] }, batches: [{ rows, metadata: [], columns: [] }] };
  }
  walk({ rows }) {
    return { batches: 1, rows };
  }
}

const workdir = mkdtempSync(join(tmpdir(), "arrowipc-"));

async function started() {
  const adapter = new Sample();
  const introduction = await adapter.answer(JSON.stringify({ cmd: "start", protocols: [1], workdir }));
  return { adapter, introduction, ask: (request) => adapter.answer(JSON.stringify(request)) };
}

test("roles, ways to observe and validation follow from what is overridden", async () => {
  const { introduction } = await started();
  assert.deepEqual(introduction.roles, ["consume", "transcode"]);
  assert.deepEqual(introduction.observe, ["json", "none"]);
  assert.deepEqual(introduction.validate, ["none"]);
});

test("a document is written where it is asked for, and counted", async () => {
  const { ask } = await started();
  const answer = await ask({ cmd: "consume", id: 7, path: "in", format: "stream", observe: { via: "json", out: "out.json" } });
  assert.deepEqual(answer, { id: 7, status: "ok", batches: 1, rows: 2, facts: {} });
  assert.equal(JSON.parse(readFileSync(join(workdir, "out.json"), "utf8")).batches[0].rows, 2);
});

test("bytes are written, be the path relative or absolute", async () => {
  const { ask } = await started();
  const request = { cmd: "transcode", id: 8, path: "in", format: "stream", to: "stream", out: join(workdir, "again") };
  assert.deepEqual(await ask(request), { id: 8, status: "ok", size: 3 });
  assert.deepEqual([...readFileSync(join(workdir, "again"))], [1, 2, 3]);
});

test("what the library throws is a refusal, with its class and message", async () => {
  const { ask } = await started();
  assert.deepEqual(await ask({ cmd: "consume", id: 9, path: "broken", format: "stream" }), {
    id: 9,
    status: "rejected",
    phase: "open",
    error: { type: "RangeError", message: "no magic" },
  });
});

test("a missing feature is told from a refusal, and an unknown command is one", async () => {
  const { ask } = await started();
  assert.equal((await ask({ cmd: "consume", id: 1, path: "in", format: "file" })).feature, "format.file");
  assert.equal((await ask({ cmd: "constructor", id: 2 })).feature, "cmd.constructor");
});

test("what is no request is the adapter's failure, and stop has no answer", async () => {
  const { adapter, ask } = await started();
  assert.equal((await adapter.answer("{")).status, "error");
  assert.equal((await adapter.answer("null")).status, "error");
  assert.equal(await ask({ cmd: "stop" }), undefined);
});

test("floats keep the payload of a NaN, halves too", () => {
  const bits = Uint32Array.of(0x7fc01234, 0xff800001);
  assert.equal(bitsOf(new Float32Array(bits.buffer), 1, 4), "ff800001");
  assert.equal(bitsOf(Uint16Array.of(1, 0x3c00), 1, 2), "3c00");
});

test("decimals are signed integers of any width", () => {
  assert.equal(integerOf(Int32Array.of(-1, -1, -1, -1), 0, 16), "-1");
  assert.equal(integerOf(BigUint64Array.of(0n, 1n), 0, 16), "18446744073709551616");
  assert.equal(integerOf(Int32Array.of(5, -7), 1, 4), "-7");
});

test("text is hex where it is no UTF-8, and keeps a replacement character that is there", () => {
  assert.equal(textOf("a\ufffd", () => new TextEncoder().encode("a\ufffd")), "a\ufffd");
  assert.deepEqual(textOf("a\ufffd", () => Uint8Array.of(0x61, 0xff)), { hex: "61ff" });
});

test("what lies outside of a buffer is an error", () => {
  assert.throws(() => elementOf(Int8Array.of(1), -1), RangeError);
  assert.throws(() => elementOf(Int8Array.of(1), 1), RangeError);
  assert.throws(() => bitsOf(Int8Array.of(1), 0, 2), RangeError);
});

test("metadata that are absent are empty, and so are values", () => {
  assert.deepEqual(pairsOf(null), []);
  assert.deepEqual(pairsOf(new Map([["k", null]])), [["k", ""]]);
});
