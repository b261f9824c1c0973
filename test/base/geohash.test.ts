import { describe, expect, test } from "vitest";
import {
  decodeScore,
  distanceMeters,
  endScore,
  firstScore,
  geohashText,
  latitudeCell,
  longitudeCell,
  Position,
  scoreOf,
  scoreText,
} from "../../src/base/geohash.ts";
import { Prng } from "../../src/base/prng.ts";

function at(longitude: number, latitude: number): Position {
  const position = new Position();
  position.longitude = longitude;
  position.latitude = latitude;
  return position;
}

/** The bits of both cells in turns, by hand. */
function slowScore(longitude: number, latitude: number, steps: number): bigint {
  const x = BigInt(latitudeCell(latitude, steps));
  const y = BigInt(longitudeCell(longitude, steps));
  let score = 0n;
  for (let bit = 0n; bit < 32n; bit++) {
    score |= ((x >> bit) & 1n) << (2n * bit);
    score |= ((y >> bit) & 1n) << (2n * bit + 1n);
  }
  return score;
}

function draw(random: Prng): [longitude: number, latitude: number] {
  return [random.below(360_000_001) / 1e6 - 180, (random.below(170_000_001) / 1e6 - 85) * 1.0006];
}

describe("scores", () => {
  test("have the bits of both coordinates in turns, and decode to within a cell", () => {
    const random = new Prng(1);
    const decoded = new Position();
    for (let count = 0; count < 2000; count++) {
      const [longitude, latitude] = draw(random);
      const score = scoreOf(longitude, latitude);
      expect(BigInt(score)).toBe(slowScore(longitude, latitude, 26));
      expect(scoreText(longitude, latitude)).toBe(String(score));
      decodeScore(score, decoded);
      expect(Math.abs(decoded.longitude - longitude)).toBeLessThan(360 / 2 ** 26);
      expect(Math.abs(decoded.latitude - latitude)).toBeLessThan(171 / 2 ** 26);
      expect(scoreOf(decoded.longitude, decoded.latitude)).toBe(score);
    }
  });

  test("of a square are one range", () => {
    const random = new Prng(2);
    for (let count = 0; count < 2000; count++) {
      const [longitude, latitude] = draw(random);
      const steps = 1 + random.below(26);
      const square = {
        steps,
        latitudeCell: latitudeCell(latitude, steps),
        longitudeCell: longitudeCell(longitude, steps),
      };
      expect(BigInt(firstScore(square))).toBe(slowScore(longitude, latitude, steps) << BigInt(52 - 2 * steps));
      expect(endScore(square) - firstScore(square)).toBe(4 ** (26 - steps));
      const score = scoreOf(longitude, latitude);
      expect(firstScore(square) <= score && score < endScore(square)).toBe(true);
    }
  });

  test("of the edge are rounded, and decode to the edge", () => {
    expect(scoreText(180, 85.05112878)).toBe("13510798882111488");
    expect(scoreText(180, 0.0000038)).toBe(String(slowScore(180, 0.0000038, 26)));
    const decoded = new Position();
    decodeScore(scoreOf(180, 85.05112878), decoded);
    expect([decoded.longitude, decoded.latitude]).toEqual([180, 85.05112878]);
  });

  test("of any kind decode to a position on the map", () => {
    const decoded = new Position();
    for (const score of [-1, 1.9, -1e19, 1e19, 2e19, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 63]) {
      decodeScore(score, decoded);
      expect(Math.abs(decoded.longitude)).toBeLessThanOrEqual(180);
      expect(Math.abs(decoded.latitude)).toBeLessThanOrEqual(85.05112878);
    }
  });
});

test("geohashes of known places", () => {
  expect(geohashText(at(-5.6, 42.6))).toBe("ezs42e44yx0");
  expect(geohashText(at(13.361389, 38.115556))).toBe("sqc8b49rny0");
});

test("distances", () => {
  expect(distanceMeters(at(13.361389338970184, 38.1155563954963), at(15.087267458438873, 37.50266842333162))).toBe(
    166274.15156960033,
  );
  expect(distanceMeters(at(5, 5), at(5, 5))).toBe(0);
  // Along a meridian it is the arc alone; half round the earth is π radii.
  expect(distanceMeters(at(5, 0), at(5, 1))).toBeCloseTo((6372797.560856 * Math.PI) / 180, 6);
  expect(distanceMeters(at(-90, 0), at(90, 0))).toBeCloseTo(6372797.560856 * Math.PI, 6);
});
