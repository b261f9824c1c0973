import { expect, test } from "vitest";
import { formatFixed, formatHuman } from "../../src/base/fixed-text.ts";

test("as printf", () => {
  expect(formatFixed(1.5, 6)).toBe("1.500000");
  expect(formatFixed(-0, 6)).toBe("-0.000000");
  expect(formatFixed(1e22, 6)).toBe("10000000000000000000000.000000");
  expect(formatFixed(Number.NEGATIVE_INFINITY, 6)).toBe("-inf");
  expect(formatFixed(Number.NaN, 6)).toBe("nan");
});

test("halves go to the even digit", () => {
  expect(formatFixed(200.0078125, 6)).toBe("200.007812");
  expect(formatFixed(200.0234375, 6)).toBe("200.023438");
  expect(formatFixed(-0.5, 1)).toBe("-0.5");
  expect([0.25, 0.75, 0.125].map((value) => formatFixed(value, 1))).toEqual(["0.2", "0.8", "0.1"]);
  expect(formatFixed(0.25000000000000006, 1)).toBe("0.3");
});

test("without zeros at the end", () => {
  expect([0, -0, 180, -1.5, 1e-30, -1e-30].map(formatHuman)).toEqual(["0", "0", "180", "-1.5", "0", "0"]);
  expect(formatHuman(13.361389338970184)).toBe("13.36138933897018433");
});
