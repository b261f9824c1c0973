/** Searches by position beside a look at every member, and the order of what they find. */
import { describe, expect, test } from "vitest";
import { decodeScore, distanceMeters, latitudeMeters, Position, scoreOf } from "../../src/base/geohash.ts";
import { KeyedHash } from "../../src/base/keyed-hash.ts";
import { Prng } from "../../src/base/prng.ts";
import { CollectionLimits } from "../../src/keyspace/collection-limits.ts";
import { GeoArea } from "../../src/keyspace/geo-area.ts";
import { GeoSearch } from "../../src/keyspace/geo-search.ts";
import { ZsetValue } from "../../src/keyspace/zset-value.ts";
import { bytesOf, newArena, textOf } from "../structures/packed-elements.ts";

/** A sorted set of positions around one place. */
function places(count: number, limits: CollectionLimits): [ZsetValue, Map<string, Position>] {
  const zset = new ZsetValue(newArena(), new KeyedHash(1, 2), limits);
  const random = new Prng(count);
  const positions = new Map<string, Position>();
  zset.beginResult(null, count);
  for (let index = 0; index < count; index++) {
    const score = scoreOf(10 + random.below(10_000) / 1000, 45 + random.below(10_000) / 1000);
    const name = `place:${index}`;
    const position = new Position();
    decodeScore(score, position);
    positions.set(name, position);
    zset.add(bytesOf(name), 0, name.length, score, 0);
  }
  return [zset, positions];
}

function drawArea(random: Prng): GeoArea {
  const area = new GeoArea();
  area.center.longitude = 9 + random.below(12_000) / 1000;
  area.center.latitude = 44 + random.below(12_000) / 1000;
  area.isBox = random.below(2) === 0;
  area.unitMeters = 1000;
  area.radius = random.below(3) === 0 ? random.below(1000) : random.below(50);
  area.width = random.below(1000);
  area.height = random.below(1000);
  return area;
}

function slowContains(area: GeoArea, position: Position): boolean {
  if (!area.isBox) return distanceMeters(area.center, position) <= area.radius * 1000;
  const opposite = new Position();
  opposite.longitude = area.center.longitude;
  opposite.latitude = position.latitude;
  return (
    latitudeMeters(area.center.latitude, position.latitude) <= area.height * 500 &&
    distanceMeters(position, opposite) <= area.width * 500
  );
}

function names(search: GeoSearch, zset: ZsetValue, count: number): string[] {
  return Array.from(search.order.subarray(0, count), (hit) => {
    zset.show(search.references[hit]);
    return textOf(zset.member.bytes, zset.member.start, zset.member.length);
  });
}

describe.each([100, 3000])("%i members", (count) => {
  const [zset, positions] = places(count, new CollectionLimits());
  const search = new GeoSearch();

  test("are found as by looking at each", () => {
    const random = new Prng(1);
    for (let round = 0; round < 100; round++) {
      const area = drawArea(random);
      search.find(zset, area, 0, true);
      const expected = [...positions].filter(([, position]) => slowContains(area, position)).map(([name]) => name);
      expect(names(search, zset, search.count).sort()).toEqual(expected.sort());
      const distances = names(search, zset, search.count).map((name) =>
        distanceMeters(area.center, positions.get(name) ?? new Position()),
      );
      expect(Array.from(search.distancesMeters.subarray(0, search.count))).toEqual(distances);
    }
  });

  test("come in the order of distance, all or the first", () => {
    const random = new Prng(2);
    for (let round = 0; round < 100; round++) {
      const area = drawArea(random);
      const isDescending = random.below(2) === 0;
      search.find(zset, area, 0, true);
      const found = search.count;
      const kept = random.below(2) === 0 ? found : Math.min(found, 1 + random.below(20));
      const distances = search.distancesMeters.slice(0, found);
      search.sort(isDescending, kept);
      const expected = Array.from(distances.keys())
        .sort((a, b) => (isDescending ? distances[b] - distances[a] : distances[a] - distances[b]) || a - b)
        .slice(0, kept);
      expect(Array.from(search.order.subarray(0, kept))).toEqual(expected);
      expect(search.distancesMeters.slice(0, found)).toEqual(distances);
    }
  });

  test("are no more than asked for", () => {
    const area = drawArea(new Prng(3));
    area.isBox = false;
    area.radius = 5000;
    search.find(zset, area, 7, false);
    expect(search.count).toBe(7);
  });
});
