/**
 * What an adapter in JavaScript needs, in one file without dependencies.
 *
 * An adapter connects a library to the Arrow IPC conformance suite: a program that answers requests line by line
 * (protocol 1, docs/protocol.md). Extend `Adapter`, say what the library is, read and write with it, and call `main`:
 *
 *     import { readFileSync } from "node:fs";
 *     import * as mylib from "mylib";
 *     import { Adapter, main } from "./arrowipc-adapter.mjs";
 *
 *     class MyLib extends Adapter {
 *       id = "mylib";
 *       features = ["format.stream", "type.int32", "type.utf8", "compress.zstd:r"];
 *
 *       implementation() {
 *         return { name: "mylib", language: "javascript", version: mylib.version };
 *       }
 *
 *       read(path) {                       // what it returns goes to `document`, `walk` and `write`
 *         return mylib.readStream(readFileSync(path));
 *       }
 *
 *       write(table) {                     // the bytes
 *         return mylib.writeStream(table);
 *       }
 *
 *       document(table) {                  // docs/canonical-values.md, as an object
 *         return { schema: …, batches: […] };
 *       }
 *
 *       walk(table) {                      // touches every value
 *         …
 *         return { batches: 1, rows: table.length };
 *       }
 *     }
 *
 *     await main(new MyLib());
 *
 * Every method may be async. Whatever the library throws in one of them is answered as a refusal, in the phase that `blame`
 * names, or else in that of the method: "open" for `read`, "batch" for `document` and `walk`, "write" for `write`. Throw
 * `Unsupported` for what the library has no way to do, and `AdapterFailure` when the adapter itself is at fault.
 *
 * Below the adapter are the forms of canonical values that are easy to get wrong. Node 20 or later.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { endianness } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const PROTOCOL = 1;

// What a request can end with besides success

/** The adapter itself, its input or its surroundings failed; the library is not to blame. */
export class AdapterFailure extends Error {}

/** The library refused the input, in one phase: open, schema, dictionary, batch, validate, finish, or write. */
export class Rejected extends Error {
  constructor(phase, cause, batchesBefore) {
    super(messageOf(cause));
    this.phase = phase;
    this.type = cause?.constructor?.name ?? typeof cause;
    this.batchesBefore = batchesBefore;
  }

  /** The fields of the answer, behind `id`. */
  answer() {
    const answer = { status: "rejected", phase: this.phase, error: { type: this.type, message: this.message } };
    return this.batchesBefore === undefined ? answer : { ...answer, batches_before: this.batchesBefore };
  }
}

/** The library says that it does not implement a feature of docs/adapters.md, or has no way to ask for it. */
export class Unsupported extends Error {
  constructor(feature, message) {
    super(message);
    this.feature = feature;
  }

  /** The fields of the answer, behind `id`. */
  answer() {
    return { status: "unsupported", feature: this.feature, message: this.message };
  }
}

/** What `call` returns; whatever it throws is a refusal in `phase`, behind that many batches. */
export async function blame(phase, call, batchesBefore) {
  try {
    return await call();
  } catch (error) {
    if (error instanceof AdapterFailure || typeof error?.answer === "function") throw error;
    throw new Rejected(phase, error, batchesBefore);
  }
}

// Messages are for people: of one that holds the data, the start is enough.
function messageOf(cause) {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}

// The adapter

/** A library behind protocol 1. Subclasses say what it is and override what it can do. */
export class Adapter {
  /** The adapter's name: that of its folder. */
  id = "";

  /** What the library can do (docs/adapters.md, "Features"): `type.*`, `compress.zstd`, `endian.big:r`. */
  features = [];

  /** How data that were read are taken down, best first: `json` (by `document`), `transcode` (written again by `write`). */
  observe = ["json"];

  /** Types that the library cannot keep, and what it makes of them. */
  typeMap = {};

  /** What else the library does not keep by design (docs/protocol.md). */
  loses = [];

  /** `name`, `language` and `version` of the library; `components`, an object of versions, of what does its work. */
  implementation() {
    throw new AdapterFailure("implementation() is not overridden");
  }

  /**
   * Opens IPC data in the format `form` ("stream" or "file"). `source`, `access`, `projection` and `order` of the request
   * are the defaults, unless `features` has others.
   */
  read(path, form, request) {
    throw new AdapterFailure("read() is not overridden");
  }

  /** The bytes of what `read` returned, written as IPC. `options` are those of docs/protocol.md, which are all optional. */
  write(data, form, options) {
    throw new AdapterFailure("write() is not overridden");
  }

  /** What `read` returned, by the library's own accessors, in the form of docs/canonical-values.md. */
  document(data) {
    throw new AdapterFailure("document() is not overridden");
  }

  /** Touches every value of what `read` returned, keeping nothing: `batches` and `rows`. */
  walk(data) {
    throw new AdapterFailure("walk() is not overridden");
  }

  /** Throws unless what `read` returned is valid, down to the last value. */
  validate(data) {
    throw new AdapterFailure("validate() is not overridden");
  }

  /** The facts of docs/protocol.md that the library tells of what `read` returned. */
  facts(data) {
    return {};
  }

  /** The commands that the overridden methods are enough for. */
  roles() {
    return this.#overrides("write") ? ["consume", "transcode"] : ["consume"];
  }

  /** The answer to `start`. */
  introduction() {
    return {
      protocol: PROTOCOL,
      adapter: { id: this.id, version: "1" },
      implementation: this.implementation(),
      roles: this.roles(),
      features: this.features,
      observe: [...this.observe, "none"],
      validate: this.#overrides("validate") ? ["none", "full"] : ["none"],
      type_map: this.typeMap,
      loses: this.loses,
    };
  }

  // What every adapter does

  #workdir = "";

  #overrides(method) {
    return this[method] !== Adapter.prototype[method];
  }

  #commands = {
    start: (request) => {
      if (!request.protocols.includes(PROTOCOL)) {
        throw new AdapterFailure(`only protocol ${PROTOCOL} is spoken here, not ${request.protocols}`);
      }
      this.#workdir = request.workdir;
      return this.introduction();
    },

    reset: () => ({ allocated: 0 }),

    transcode: async (request) => {
      const data = await this.#read(request);
      return { status: "ok", ...(await this.#write(data, request.to, request)) };
    },

    consume: async (request) => {
      const data = await this.#read(request);
      if (request.validate === "full") await blame("validate", () => this.validate(data));
      const seen = await this.#observe(data, request.observe ?? {}, request.format);
      return { status: "ok", ...seen, facts: await this.facts(data) };
    },
  };

  async #read(request) {
    const path = resolve(this.#workdir, request.path);
    return await blame("open", () => this.read(path, request.format, request));
  }

  async #write(data, form, request) {
    const bytes = await blame("write", () => this.write(data, form, request.options ?? {}));
    if (!(bytes instanceof Uint8Array)) throw new AdapterFailure(`write() gave ${typeof bytes}, not a Uint8Array`);
    writeFileSync(resolve(this.#workdir, request.out), bytes);
    return { size: bytes.byteLength };
  }

  async #observe(data, observe, form) {
    switch (observe.via ?? "none") {
      case "none":
        return await blame("batch", () => this.walk(data));
      case "json": {
        const document = await blame("batch", () => this.document(data));
        writeFileSync(resolve(this.#workdir, observe.out), JSON.stringify(document));
        const { batches } = document;
        return { batches: batches.length, rows: batches.reduce((rows, batch) => rows + batch.rows, 0) };
      }
      case "transcode":
        return await this.#write(data, form, observe);
      default:
        throw new AdapterFailure(`observe.via ${observe.via} is none of json, transcode, none`);
    }
  }

  /** The answer to one line, whatever it holds; undefined for `stop`. */
  async answer(line) {
    let identity = {};
    try {
      const request = JSON.parse(line);
      if (request.id !== undefined) identity = { id: request.id };
      if (request.cmd === "stop") return undefined;
      const command = Object.hasOwn(this.#commands, request.cmd) && this.#commands[request.cmd];
      if (!command) throw new Unsupported(`cmd.${request.cmd}`, "unknown command");
      return { ...identity, ...(await command(request)) };
    } catch (error) {
      if (typeof error?.answer === "function") return { ...identity, ...error.answer() };
      return { ...identity, status: "error", message: `${error?.constructor?.name}: ${error?.message ?? error}` };
    }
  }
}

/** Serves standard input until `stop` or its end. Whatever else the program prints goes to standard error. */
export async function main(adapter) {
  const reply = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const answer = await adapter.answer(line);
    if (answer === undefined) break;
    reply(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

/** The version of an installed package, from its package.json; `from` is the `import.meta.url` of the adapter. */
export function packageVersion(name, from) {
  const require = createRequire(from);
  // Packages need not export their package.json, so it is looked for upwards of what they do export.
  for (let folder = dirname(require.resolve(name)); ; folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      if (manifest.name === name) return manifest.version;
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
    if (folder === dirname(folder)) throw new AdapterFailure(`${name} has no package.json`);
  }
}

// Canonical values
//
// Integers, dates, times, timestamps, durations and intervals are `String(x)` of numbers or bigints.

if (endianness() !== "LE") throw new AdapterFailure("typed arrays are taken for little-endian, which they are not here");

/** An element of a typed array; one that is not there is an error rather than `undefined`. */
export function elementOf(array, index) {
  if (index >= 0 && index < array.length) return array[index];
  throw new RangeError(`value ${index} lies outside of a buffer of ${array.length}`);
}

/** The `width` bytes of value `index` in a buffer, which may be a typed array of any kind. */
export function bytesOf(buffer, index, width) {
  if ((index + 1) * width > buffer.byteLength) {
    throw new RangeError(`value ${index} of ${width} bytes lies beyond a buffer of ${buffer.byteLength} bytes`);
  }
  return Buffer.from(buffer.buffer, buffer.byteOffset + index * width, width);
}

/** Binary values: lower-case hex. */
export function hexOf(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Floats: the bits of value `index` in hex, most significant byte first. A number would not keep the payload of a NaN. */
export function bitsOf(buffer, index, width) {
  return Buffer.from(bytesOf(buffer, index, width)).reverse().toString("hex");
}

/** Decimals: the little-endian two's complement of `width` bytes at `index`, as a decimal string. */
export function integerOf(buffer, index, width) {
  return BigInt.asIntN(width * 8, BigInt(`0x${bitsOf(buffer, index, width)}`)).toString();
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Strings: what the library made of the bytes. Libraries put U+FFFD where bytes are no UTF-8; then `bytes()`, which gives
 * what lies in the buffer, decides whether the text is that of the data or `{"hex": …}`.
 */
export function textOf(text, bytes) {
  if (!text.includes("\ufffd")) return text;
  const raw = bytes();
  try {
    utf8.decode(raw);
    return text;
  } catch {
    return { hex: hexOf(raw) };
  }
}

/** Key-value metadata that the library keeps in a `Map`, if it has any. */
export function pairsOf(metadata) {
  return metadata ? Array.from(metadata, ([key, value]) => [key ?? "", value ?? ""]) : [];
}

/** The part of `offsets` (numbers or bigints) that value `index` of a list, a string or a map lies in. */
export function rangeOf(offsets, index) {
  return [Number(elementOf(offsets, index)), Number(elementOf(offsets, index + 1))];
}

/** The values `value(from)` to `value(to - 1)` of a list. */
export function itemsOf(value, from, to) {
  const items = [];
  for (let i = from; i < to; i++) items.push(value(i));
  return items;
}
