import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addInt64,
  asciiBytes,
  digits10,
  equalsIgnoreCase,
  formatDouble,
  Int64,
  latin1Text,
  parseDouble,
  parseInt64,
  parseSafeInt,
  utf8Bytes,
  writeInt,
  writeInt64,
} from "../../src/base/text.ts";

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Surrounds the text with digits, so that a reader that strays outside the run is found out. */
function embed(text: string): { bytes: Uint8Array; start: number; length: number } {
  const bytes = asciiBytes(`77${text}77`);
  return { bytes, start: 2, length: text.length };
}

const readSafe = (text: string) => {
  const { bytes, start, length } = embed(text);
  return parseSafeInt(bytes, start, length);
};

const toBigInt = (int: Int64) => (BigInt(int.hi) << 32n) | BigInt(int.lo >>> 0);

const fromBigInt = (value: bigint) => {
  const int = new Int64();
  int.setWords(Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value)));
  return int;
};

const read64 = (text: string): bigint | null => {
  const { bytes, start, length } = embed(text);
  const out = new Int64();
  if (!parseInt64(bytes, start, length, out)) return null;
  const big = toBigInt(out);
  expect(out.safe).toBe(Number.isSafeInteger(Number(big)));
  expect(out.value).toBe(Number(big));
  expect([out.hi, out.lo]).toEqual([out.hi | 0, out.lo | 0]);
  return big;
};

/** The rule of string2ll in one line. */
const canonical = (text: string): bigint | null => {
  if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return null;
  const value = BigInt(text);
  return value < INT64_MIN || value > INT64_MAX ? null : value;
};

const written = (write: (into: Uint8Array) => number) => {
  const into = new Uint8Array(40).fill(0x2e);
  const end = write(into);
  expect(into.subarray(0, 3)).toEqual(asciiBytes("..."));
  expect(into[end]).toBe(0x2e);
  return latin1Text(into, 3, end - 3);
};

const int64s = fc.oneof(
  fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
  fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
  fc.bigInt({ min: -2000n, max: 2000n }),
  fc.bigInt({ min: INT64_MAX - 100n, max: INT64_MAX }),
  fc.bigInt({ min: INT64_MIN, max: INT64_MIN + 100n }),
  fc.constantFrom(
    2n ** 53n,
    2n ** 53n - 1n,
    -(2n ** 53n),
    1n - 2n ** 53n,
    2n ** 32n,
    -(2n ** 32n),
    2n ** 31n,
    10n ** 18n,
  ),
);

const NOT_INTEGERS = [
  ..."|-|+1|-0|00|01|-01|1 | 1|1.0|1e3|0x10|--1|1-|9223372036854775808|-9223372036854775809".split("|"),
  ..."18446744073709551616|99999999999999999999|100000000000000000000|9223372036854775807x|922337203685477580:".split(
    "|",
  ),
  "1\0",
];

describe("integers as text", () => {
  test("what string2ll refuses is refused", () => {
    for (const text of NOT_INTEGERS) {
      expect(read64(text), JSON.stringify(text)).toBe(null);
      expect(readSafe(text), JSON.stringify(text)).toBe(Number.NaN);
    }
  });

  test("parseInt64 agrees with BigInt on canonical and nearly canonical text", () => {
    const nearly = fc.stringMatching(/^-?[0-9]{0,21}[ -]?$/);
    fc.assert(
      fc.property(fc.oneof(int64s.map(String), nearly), (text) => {
        const want = canonical(text);
        expect(read64(text)).toBe(want);
        const safe = want !== null && Number.isSafeInteger(Number(want)) ? Number(want) : Number.NaN;
        expect(readSafe(text)).toBe(safe);
      }),
      { numRuns: 8000, seed: 2 },
    );
  });

  test("every single character in place of a digit is refused", () => {
    for (let code = 0; code < 128; code++) {
      const character = String.fromCharCode(code);
      for (const text of [
        character,
        `1${character}`,
        `123456789${character}1`,
        `-${character}`,
        `92233720368547758${character}7`,
      ]) {
        expect(read64(text)).toBe(canonical(text));
      }
    }
  });

  test("writing and reading give the integer back", () => {
    fc.assert(
      fc.property(int64s, (value) => {
        const { hi, lo } = fromBigInt(value);
        expect(written((into) => writeInt64(hi, lo, into, 3))).toBe(String(value));
        if (Number.isSafeInteger(Number(value))) {
          expect(written((into) => writeInt(Number(value), into, 3))).toBe(String(value));
        }
        expect(read64(String(value))).toBe(value);
      }),
      { numRuns: 5000, seed: 3 },
    );
  });

  test("every length of integer is written", () => {
    for (let power = 1; power <= Number.MAX_SAFE_INTEGER; power *= 10) {
      for (const value of [power - 1, power, power + 1, -power, 1 - power || 0]) {
        expect(written((into) => writeInt(value, into, 3))).toBe(String(value));
        if (value >= 0) expect(digits10(value)).toBe(String(value).length);
      }
    }
    expect(digits10(Number.MAX_SAFE_INTEGER)).toBe(16);
  });

  test("addition overflows exactly where 64 bits end", () => {
    fc.assert(
      fc.property(int64s, int64s, (a, b) => {
        const sum = a + b;
        const left = fromBigInt(a);
        const fits = addInt64(left, fromBigInt(b), left);
        expect(fits).toBe(sum >= INT64_MIN && sum <= INT64_MAX);
        expect(toBigInt(left)).toBe(fits ? sum : a);
        if (fits) expect(left.safe).toBe(Number.isSafeInteger(Number(sum)));
      }),
      { numRuns: 8000, seed: 4 },
    );
  });

  test("setNumber fills both words", () => {
    const int = new Int64();
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        int.setNumber(value);
        expect(toBigInt(int)).toBe(BigInt(value));
        expect([int.value, int.safe]).toEqual([value, true]);
      }),
      { seed: 5 },
    );
  });
});

const readDouble = (text: string) => {
  const { bytes, start, length } = embed(text);
  return parseDouble(bytes, start, length);
};

describe("doubles as text", () => {
  const accepted: [string, number][] = [
    ["0", 0],
    ["-0", -0],
    ["+5", 5],
    ["007", 7],
    ["3.14", 3.14],
    [".5", 0.5],
    ["5.", 5],
    ["-.5e1", -5],
    ["1e3", 1000],
    ["1E+3", 1000],
    ["1e-3", 0.001],
    ["0e999999", 0],
    ["0.000e-999999", 0],
    ["inf", Number.POSITIVE_INFINITY],
    ["+INF", Number.POSITIVE_INFINITY],
    ["-inf", Number.NEGATIVE_INFINITY],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-iNFiNiTY", Number.NEGATIVE_INFINITY],
    ["1.7976931348623157e308", Number.MAX_VALUE],
    ["5e-324", 5e-324],
    ["3e-324", 5e-324],
    ["123456789012345678901234567890", 1.2345678901234568e29],
    ["9007199254740993", 9007199254740992],
    ["0x10", 16],
    ["0X1.8p1", 3],
    ["-0x.8", -0.5],
    ["0x1.", 1],
    ["0x0", 0],
    ["-0x0p99", -0],
    ["0x1p-1074", 5e-324],
    ["0x1.8p-1075", 5e-324],
    ["0x1.0000000000001p-1075", 5e-324],
    ["0x1.fffffffffffffp1023", Number.MAX_VALUE],
    ["0x20000000000001", 9007199254740992],
    ["0x20000000000003", 9007199254740996],
    ["0x20000000000001.0000001", 9007199254740994],
  ];
  test.each(accepted)("accepts %s", (text, value) => expect(readDouble(text)).toBe(value));

  const refused = [
    ..."|+|-|.|-.|e5|.e5|1e|1e+|1e5.|1.2.3| 1|1 |\t1|1x|nan|-nan|NaN|nan(1)|in|infi|infinityx|--1|+-1|1,5".split("|"),
    ..."0x|0x.|0xg|0x1p|0x1p+|0x1pz|0x1.2.3|0x1e5 |1e400|-1e400|1e-400|2e-324|0x1p1024|0x1p-1076|0x1p-1075|1_0".split(
      "|",
    ),
    "0x1.fffffffffffff8p1023",
    "1\0",
    "1".repeat(6000),
  ];
  test.each(refused)("refuses %j", (text) => expect(readDouble(text)).toBe(null));

  test("reads what JavaScript prints, to the bit", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(readDouble(String(value))).toBe(Object.is(value, -0) ? 0 : value);
      }),
      { numRuns: 5000, seed: 6 },
    );
  });

  test("short decimals take the quick way to the same result", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^-?[0-9]{0,9}\.[0-9]{1,9}$/), (text) => {
        expect(readDouble(text)).toBe(Number(text));
      }),
      { numRuns: 5000, seed: 7 },
    );
  });

  test("hexadecimal floats agree with the decimal text of the same double", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 2n ** 70n }),
        fc.integer({ min: -1150, max: 950 }),
        (mantissa, exponent) => {
          // Exact decimal text of mantissa × 2^exponent, for the engine to round.
          const decimal =
            exponent >= 0 ? String(mantissa << BigInt(exponent)) : `${mantissa * 5n ** BigInt(-exponent)}e${exponent}`;
          const want = Number(decimal);
          expect(readDouble(`0x${mantissa.toString(16)}p${exponent}`)).toBe(
            want === 0 || want === Infinity ? null : want,
          );
        },
      ),
      { numRuns: 3000, seed: 8 },
    );
  });

  const printed: [number, string][] = [
    [3, "3"],
    [-3, "-3"],
    [0, "0"],
    [-0, "-0"],
    [3.14, "3.14"],
    [0.1, "0.1"],
    [0.1 + 0.2, "0.30000000000000004"],
    [1e15, "1000000000000000"],
    [2 ** 53, "9007199254740992"],
    [2 ** 62, "4611686018427387904"],
    [-(2 ** 62), "-4611686018427387904"],
    [1e18, "1000000000000000000"],
    [1e19, "1e+19"],
    [1e21, "1e+21"],
    [1.5e300, "1.5e+300"],
    [2 ** 63, "9223372036854776000"],
    [12345678901234568e6, "12345678901234568000000"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [5e-324, "5e-324"],
    [0.000001, "0.000001"],
    [1e-7, "1e-7"],
    [1.5e-7, "1.5e-7"],
    [0.0001234567, "1.234567e-4"],
    [0.001234567, "0.001234567"],
    [0.000123456, "1.23456e-4"],
    [1234.5678901234, "1234.5678901234"],
    [12345.678901, "12345.678901"],
    [12345.6789012, "1.23456789012e+4"],
    [-12345.678901234, "-1.2345678901234e+4"],
    [123456.789, "123456.789"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NEGATIVE_INFINITY, "-inf"],
    [Number.NaN, "nan"],
  ];
  test.each(printed)("prints %d", (value, text) => expect(formatDouble(value)).toBe(text));

  test("what is printed reads back as the same double", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        const text = formatDouble(value);
        expect(text.length).toBeLessThanOrEqual(25);
        expect(readDouble(text)).toBe(value);
      }),
      { numRuns: 8000, seed: 9 },
    );
  });
});

describe("names as text", () => {
  test("ASCII and UTF-8", () => {
    expect(asciiBytes("SET")).toEqual(Uint8Array.of(0x53, 0x45, 0x54));
    expect(() => asciiBytes("é")).toThrow();
    expect(utf8Bytes("é")).toEqual(Uint8Array.of(0xc3, 0xa9));
  });

  test("latin1Text keeps every byte", () => {
    const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7) & 0xff);
    for (const [start, length] of [
      [0, 0],
      [3, 1],
      [5, 24],
      [5, 25],
      [1, 4096],
      [7, 4097],
      [0, 20_000],
    ]) {
      const text = latin1Text(bytes, start, length);
      expect(Uint8Array.from(text, (c) => c.charCodeAt(0))).toEqual(bytes.subarray(start, start + length));
    }
  });

  test("equalsIgnoreCase folds letters and nothing else", () => {
    const upper = asciiBytes("SET-@[`");
    const same = (text: string) => {
      const { bytes, start, length } = embed(text);
      return equalsIgnoreCase(bytes, start, length, upper);
    };
    expect(same("set-@[`")).toBe(true);
    expect(same("SeT-@[`")).toBe(true);
    expect(same("SET-`[`")).toBe(false);
    expect(same("SET-@{`")).toBe(false);
    expect(same("SET-@[@")).toBe(false);
    expect(same("SET-@[")).toBe(false);
  });
});
