import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Command } from "../../messages/command.js";
import { MessageRegistry } from "../../messages/message-registry.js";
import { gzip } from "./gzip.js";

class Import extends Command {
  constructor(readonly text: string) {
    super();
  }
}

const headers = { "content-encoding": "gzip" };
const registryWith = (compression = gzip()) =>
  new MessageRegistry().register("import", Import, { compression });

describe("gzip", () => {
  it("compresses what is larger than the limit, as gzip, and no other (M1)", () => {
    const { compress } = gzip({ above: 100 });
    expect(compress(new Uint8Array(100))).toBeUndefined();
    const compressed = compress(new Uint8Array(101));
    expect(compressed?.slice(0, 2)).toEqual(new Uint8Array([0x1f, 0x8b]));
    expect(gzip({ above: Number.POSITIVE_INFINITY }).compress(new Uint8Array(5_000))).toBeUndefined();
  });

  it("leaves as they are bytes that would become no smaller", () => {
    expect(gzip({ above: 0 }).compress(crypto.getRandomValues(new Uint8Array(500)))).toBeUndefined();
  });

  it("gives back what it was given, whatever that is (M1)", () => {
    const { compress, decompress } = gzip({ above: 0 });
    fc.assert(
      fc.property(fc.uint8Array({ max: 3, size: "large" }), (bytes) => {
        const compressed = compress(bytes);
        if (compressed !== undefined) expect(decompress(compressed)).toStrictEqual(bytes);
      }),
    );
  });

  it("makes no more of a message than its limit, and says so (M2)", () => {
    const registry = registryWith(gzip({ maxBytes: 1_000_000 }));
    const bomb = new Uint8Array(gzipSync(new Uint8Array(50_000_000)));
    const result = registry.decode("import", bomb, { headers });
    expect(result).toMatchObject({
      ok: false,
      error: { raw: bomb, cause: { code: "SLUICE_DECOMPRESSION" } },
    });
    expect(!result.ok && result.error.message).toMatch(
      /more than 1000000 would come of \d+\. Raise maxBytes/,
    );
  });

  it("does not write what it would not read back (M1)", () => {
    const registry = registryWith(gzip({ maxBytes: 2_000 }));
    expect(() => registry.encode(new Import("x".repeat(2_000)))).toThrow(
      /2011 bytes before compression.*2000.*maxBytes/,
    );
    expect(registry.encode(new Import("x".repeat(1_989))).contentEncoding).toBe("gzip");
  });

  it("never gives another message for bytes that are cut or damaged (M1, M2)", () => {
    const registry = registryWith(gzip({ above: 0 }));
    const sent = new Import("the same again, ".repeat(20));
    const { bytes } = registry.encode(sent);
    const damage = fc.oneof(
      fc.nat(bytes.length - 1).map((length) => bytes.slice(0, length)),
      fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, change]) => {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] as number) ^ change;
        return damaged;
      }),
      fc.uint8Array(),
    );
    fc.assert(
      fc.property(damage, (raw) => {
        const result = registry.decode("import", raw, { headers });
        // In the head of gzip there are bytes that say nothing of what is compressed.
        if (result.ok) expect(result.message).toEqual(sent);
        else expect(result.error.raw).toBe(raw);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([{ above: -1 }, { above: Number.NaN }, { maxBytes: 0 }, { maxBytes: 1.5 }])(
    "refuses %j",
    (options) => {
      expect(() => gzip(options)).toThrow(expect.objectContaining({ code: "SLUICE_INVALID_OPTION" }));
    },
  );
});
