import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byteText, ordinaryText } from "../../src/server/config/byte-text.ts";
import { optionLines, quoted, readCommandLine, splitArguments } from "../../src/server/config/grammar.ts";
import { memoryText, readLooseInteger, readMemory, readStrictInteger } from "../../src/server/config/numbers.ts";

const anyBytes = fc.array(fc.integer({ min: 0, max: 255 })).map((codes) => String.fromCharCode(...codes));

describe("lines", () => {
  test.each([
    ["maxmemory 100mb", ["maxmemory", "100mb"]],
    ["  a \t b  ", ["a", "b"]],
    [String.raw`x "two words\x00\n\"" 'it\'s'`, ["x", 'two words\0\n"', "it's"]],
    ['save ""', ["save", ""]],
    ['half"way in"', ["halfway in"]],
    ["", []],
  ])("%j", (line, args) => {
    expect(splitArguments(line)).toEqual(args);
  });

  test.each(['a "b', "a 'b", 'a "b"c', "a 'b'c"])("unbalanced: %s", (line) => {
    expect(splitArguments(line)).toBe(null);
  });

  test("what is quoted is read back, whatever its bytes", () => {
    fc.assert(
      fc.property(fc.array(anyBytes), (args) => {
        const line = args.map(quoted).join(" ");
        expect(line).toMatch(/^[ -~]*$/);
        expect(splitArguments(line)).toEqual(args);
      }),
      { seed: 1 },
    );
  });

  test("text crosses over through UTF-8 and back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(byteText(text)).toMatch(/^[\0-\xff]*$/);
        expect(ordinaryText(byteText(text))).toBe(text);
      }),
      { seed: 2 },
    );
  });
});

describe("the command line", () => {
  test.each<[string[], string | null, string | null]>([
    [[], null, null],
    [["redis.conf"], "redis.conf", ""],
    [["redis.conf", "--port", "7000"], "redis.conf", 'port "7000" '],
    [["--port", "7000", "--bind", "::1", "127.0.0.1"], null, 'port "7000" \nbind "::1" "127.0.0.1" '],
    [
      ["--maxmemory 700mb", "--maxmemory-policy 'volatile-lru'"],
      null,
      "maxmemory 700mb \nmaxmemory-policy 'volatile-lru' ",
    ],
    [["--logfile", "--odd", "--port", "1"], null, 'logfile "--odd" \nport "1" '],
    [["--port", "--loglevel", "verbose"], null, 'port "--loglevel" "verbose" '],
    [["--save", "--port", "1"], null, 'save ""\nport "1" '],
    [["--port", "1", "--save"], null, 'port "1" \nsave ""'],
    [["--sentinel", "--port", "1"], null, 'sentinel \nport "1" '],
    [["--save", "", "--port", "1"], null, 'save "" \nport "1" '],
    [["--requirepass", 'a "b" \\'], null, 'requirepass "a \\"b\\" \\\\" '],
  ])("%j", (args, file, options) => {
    expect(readCommandLine(args)).toEqual({ file, readsInput: false, options });
  });

  test("a lone minus, first or last, is standard input; elsewhere it is a value", () => {
    expect(readCommandLine(["-"])).toEqual({ file: null, readsInput: true, options: "" });
    expect(readCommandLine(["-", "--port", "1"])).toMatchObject({ readsInput: true, options: 'port "1" ' });
    expect(readCommandLine(["a.conf", "--port", "1", "-"])).toMatchObject({ readsInput: true, options: 'port "1" ' });
    expect(readCommandLine(["--logfile", "-", "--port", "1"])).toMatchObject({
      readsInput: false,
      options: 'logfile "-" \nport "1" ',
    });
  });

  test("names and values as lines", () => {
    const lines = optionLines([
      ["port", ["0"]],
      ["save", [""]],
      ["bind", ["127.0.0.1", "::1"]],
    ]);
    expect(lines).toBe('port "0"\nsave ""\nbind "127.0.0.1" "::1"');
  });
});

describe("numbers", () => {
  test.each<[string, bigint | null]>([
    ["", 0n],
    ["kb", 0n],
    ["10", 10n],
    ["10b", 10n],
    ["1k", 1000n],
    ["1Kb", 1024n],
    ["2M", 2_000_000n],
    ["2mB", 2_097_152n],
    ["1g", 1_000_000_000n],
    ["1GB", 1_073_741_824n],
    ["007", 7n],
    ["18446744073709551615", 2n ** 64n - 1n],
    ["99999999999999999999", 2n ** 64n - 1n],
    ["18446744073709551615kb", 2n ** 64n - 1024n],
    [`${"0".repeat(127)}`, 0n],
    [`${"0".repeat(128)}`, null],
    ["-1", null],
    ["+1", null],
    ["1tb", null],
    ["1 mb", null],
    ["constructor", null],
    ["5mb\0junk", 5_242_880n],
  ])("memory %j", (text, bytes) => {
    expect(readMemory(text)).toBe(bytes);
  });

  test("memory written is memory read", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
        fc.constantFrom(1n, 1024n, 2n ** 20n, 2n ** 30n),
        (figure, unit) => {
          const bytes = BigInt.asUintN(63, figure * unit);
          expect(readMemory(memoryText(bytes))).toBe(bytes);
        },
      ),
      { seed: 3 },
    );
  });

  test("strict integers", () => {
    for (const text of ["0", "-1", "9223372036854775807", "-9223372036854775808"]) {
      expect(readStrictInteger(text)).toBe(BigInt(text));
    }
    for (const text of ["", "-", "+1", " 1", "1 ", "01", "-0", "9223372036854775808", "1e3", "0x1", "1\0"]) {
      expect(readStrictInteger(text), JSON.stringify(text)).toBe(null);
    }
  });

  test("loose integers", () => {
    expect(readLooseInteger(" \t+12", 10)).toEqual({ value: 12n, overflowed: false });
    expect(readLooseInteger("", 10)).toEqual({ value: 0n, overflowed: false });
    expect(readLooseInteger("-99999999999999999999", 10)).toEqual({ value: -(2n ** 63n), overflowed: true });
    expect(readLooseInteger("777", 8)).toEqual({ value: 511n, overflowed: false });
    expect(readLooseInteger("8", 8)).toBe(null);
    expect(readLooseInteger("12 ", 10)).toBe(null);
    expect(readLooseInteger(" ", 10)).toBe(null);
    expect(readLooseInteger("1\0x", 10)).toEqual({ value: 1n, overflowed: false });
  });
});
