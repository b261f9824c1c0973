import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  addLongDoubles,
  addPlainDecimals,
  formatLongDouble,
  type LongDouble,
  parseLongDouble,
} from "../../src/base/long-double.ts";
import { Prng } from "../../src/base/prng.ts";
import { missingOracle, startOracle } from "../oracle.ts";
import type { ServerProcess } from "../server-process.ts";
import { WireClient } from "../wire/client.ts";
import { tcpStreams } from "../wire/stream.ts";

const NOT_A_FLOAT = "ERR value is not a valid float";
const NOT_FINITE = "ERR increment would produce NaN or Infinity";

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

function parse(text: string): LongDouble | null {
  const bytes = bytesOf(`..${text}..`);
  return parseLongDouble(bytes, 2, text.length);
}

function shown(text: string): string | null {
  const value = parse(text);
  return value === null ? null : formatLongDouble(value);
}

function slowSum(a: string, b: string): string {
  const [left, right] = [parse(a), parse(b)];
  if (left === null || right === null) return NOT_A_FLOAT;
  const sum = addLongDoubles(left, right);
  return sum === null ? NOT_FINITE : formatLongDouble(sum);
}

function fastSum(a: string, b: string): string | null {
  const [left, right] = [bytesOf(a), bytesOf(b)];
  return addPlainDecimals(left, 0, left.length, right, 0, right.length);
}

describe("long doubles", () => {
  test.each([
    ["0", "0"],
    ["-0", "0"],
    ["10.5", "10.5"],
    ["5.", "5"],
    [".5", "0.5"],
    ["+5", "5"],
    ["3.0e3", "3000"],
    ["1e17", "100000000000000000"],
    ["0x1.8p1", "3"],
    ["0X.8P+2", "2"],
    // What 64 bits leave of a tenth shows where the units take some of them.
    ["0.1", "0.1"],
    ["3000.1", "3000.10000000000000009"],
    ["1e-17", "0.00000000000000001"],
    ["4e-18", "0"],
    ["-4e-18", "0"],
    // Half of the last place that is printed: exactly so, to even.
    ["0x1p-60", "0"],
    ["9223372036854775807", "9223372036854775807"],
    ["18446744073709551615", "18446744073709551615"],
    ["18446744073709551617", "18446744073709551616"],
    ["18446744073709551619", "18446744073709551620"],
    ["3.6e-4951", "0"],
    ["0e999999999", "0"],
    ["inf", null],
  ])("%s is %s", (text, expected) => {
    if (expected === null) expect(parse(text)?.infinite).toBe(true);
    else expect(shown(text)).toBe(expected);
  });

  test.each([
    ...[
      "",
      " 1",
      "1 ",
      "abc",
      ".",
      "-",
      "+-1",
      "1e",
      "1e+",
      "0x",
      "0x.",
      "0x1p",
      "nan",
      "nan(1)",
      "infin",
      "1,5",
      "1_0",
    ],
    ...["1e4933", "1.18973149535723176511e4932", "-1e5000", "1e99999999999", "0x1p16384", "0x1p99999999999"],
    ...["1e-4952", "1.8e-4951", "1e-99999999999", "0x.8p-16445", "0x1p-99999999999"],
    "1".repeat(5 * 1024),
    "1\0",
  ])("%j is none", (text) => {
    expect(parse(text)).toBeNull();
  });

  test("the longest text is one byte below five kilobytes", () => {
    expect(shown(`0.${"0".repeat(5 * 1024 - 4)}1`)).toBeNull();
    expect(shown(`1${".".padEnd(5 * 1024 - 2, "0")}`)).toBe("1");
  });

  test.each([
    ["10.5", "0.1", "10.6"],
    ["5.0e3", "2.0e2", "5200"],
    ["1", "1.5", "2.5"],
    ["3", "1.000000000000000005", "4.00000000000000001"],
    ["0.1", "-0.1", "0"],
    ["-0.5", "0.5", "0"],
    ["0", "-1.1", "-1.1"],
    ["17179869184", "1.5", "17179869185.5"],
    ["1e4932", "-1e4932", "0"],
    ["1.18e4932", "1e4931", NOT_FINITE],
    ["inf", "-inf", NOT_FINITE],
    ["infinity", "1", NOT_FINITE],
    ["1e30", "0x1p-16445", "1000000000000000000024696061952"],
    ["1", "x", NOT_A_FLOAT],
  ])("%s + %s = %s", (a, b, sum) => {
    expect(slowSum(a, b)).toBe(sum);
    expect(slowSum(b, a)).toBe(sum);
  });

  test("subnormals keep what their exponent leaves them, and are exact among themselves", () => {
    expect(parse("0x1p-16445")).toEqual({ negative: false, infinite: false, significand: 1n, exponent: -16445 });
    expect(parse("0x.c1p-16444")?.significand).toBe(2n);
    const [least, twice] = [parse("0x1p-16445"), parse("0x2p-16445")];
    if (least === null || twice === null) throw new Error("both are numbers");
    expect(addLongDoubles(least, least)).toEqual(twice);
  });

  test("plain decimals take the fast way, and it says the same as the exact one", () => {
    const random = new Prng(42, 1);
    const plain = (): string => {
      const sign = ["", "-", "+"][random.below(3)];
      if (random.below(3) === 0) return sign + random.below(1_000_000_000);
      let decimals = "";
      for (let count = random.below(14); count > 0; count--) decimals += random.below(10);
      return `${sign}${random.below(33)}.${decimals}`;
    };
    let fast = 0;
    for (let count = 0; count < 5_000; count++) {
      const [a, b] = [plain(), plain()];
      const sum = fastSum(a, b);
      if (sum === null) continue;
      fast++;
      expect(`${a} + ${b} = ${sum}`).toBe(`${a} + ${b} = ${slowSum(a, b)}`);
    }
    expect(fast).toBeGreaterThan(1_500);
  });

  test.each(["1e1", "", "-", ".", "1.2.3", "123456789012345.6", "1.00000000000000", "0x1", "x", "12345678901234567"])(
    "%j does not",
    (text) => {
      expect(fastSum(text, "1")).toBeNull();
      expect(fastSum("1", text)).toBeNull();
    },
  );
});

describe.skipIf(missingOracle() !== undefined)("beside INCRBYFLOAT of a real Redis", () => {
  let oracle: ServerProcess;
  let client: WireClient;
  beforeAll(async () => {
    oracle = await startOracle();
    client = await WireClient.connect(tcpStreams(oracle.port));
  });
  afterAll(async () => {
    client?.destroy();
    await oracle?.stop();
  });

  const PROGRAMME_SEED = 7;
  const CASES = 4_000;

  test(`${CASES} random sums, and what is no number`, async () => {
    const random = new Prng(PROGRAMME_SEED, 3);
    const cases = Array.from({ length: CASES }, () => [randomNumber(random), randomNumber(random)] as const);
    for (const [a, b] of cases) {
      client.send("SET", "k", a);
      client.send("INCRBYFLOAT", "k", b);
    }
    for (const [a, b] of cases) {
      await client.reply();
      const reply = await client.reply();
      const theirs =
        reply.kind === "bulk" ? Buffer.from(reply.bytes).toString("latin1") : reply.kind === "error" ? reply.text : "";
      expect(`${a} + ${b} = ${fastSum(a, b) ?? slowSum(a, b)}`).toBe(`${a} + ${b} = ${theirs}`);
    }
  });
});

function digits(random: Prng, count: number): string {
  let text = "";
  for (let index = 0; index < count; index++) text += random.below(10);
  return text;
}

function hexDigits(random: Prng, count: number): string {
  let text = "";
  for (let index = 0; index < count; index++) text += random.below(16).toString(16);
  return text;
}

/** Numbers of every kind that the format knows, and some that it does not. */
function randomNumber(random: Prng): string {
  const sign = ["", "", "-", "+"][random.below(4)];
  switch (random.below(12)) {
    case 0:
      return sign + digits(random, 1 + random.below(25));
    case 1:
      return `${sign}${digits(random, 1 + random.below(20))}.${digits(random, 1 + random.below(30))}`;
    case 2:
      return `${sign}${digits(random, 1 + random.below(20))}e${random.below(80) - 40}`;
    case 3:
      return `${sign}${digits(random, 1 + random.below(5))}.${digits(random, random.below(9))}e${random.below(9960) - 4980}`;
    case 4:
      return `${sign}0x${hexDigits(random, 6)}.${hexDigits(random, 5)}p${random.below(300) - 150}`;
    case 5:
      return `${sign}0x${hexDigits(random, 22)}p${random.below(33_600) - 16_800}`;
    case 6:
      return sign + EDGES[random.below(EDGES.length)];
    case 7:
      return `${sign}${random.below(100)}.${TIES[random.below(TIES.length)]}`;
    case 8:
      return `${sign}${random.below(2) === 0 ? "18446744073709551615" : "18446744073709551616"}.${digits(random, 3)}`;
    case 9:
      return `${sign}${random.below(35)}.${digits(random, 1 + random.below(16))}`;
    case 10:
      return String(random.float() * 10 ** (random.below(40) - 20));
    default:
      return sign + random.below(2000) / 10;
  }
}

const EDGES = [
  ...["inf", "INFINITY", "nan", "1e", "0x", ".", "", "5.", ".5", "0x1p", "1e+", "0e99999999", "-0", "1 ", " 1", "1e17"],
  ...["1e4932", "1.2e4932", "1.18973149535723176508575932662800702e4932", "1.18973149535723176511e4932", "3.0e3"],
  ...["3.6e-4951", "1.9e-4951", "1.8e-4951", "0x.8p-16445", "0x.81p-16445", "0x1p-16445", "0x1.8p-16445"],
  "9223372036854775807",
];
const TIES = ["5", "25", "125", "0625", "000000000000000005", "000000000000000015", "123456789012345675", "1"];
