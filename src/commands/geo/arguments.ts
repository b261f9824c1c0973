/** Coordinates, lengths and units, as geo commands are given them. */
import { formatFixed } from "../../base/fixed-text.ts";
import { isOnMap, type Position } from "../../base/geohash.ts";
import { asciiBytes, parseDouble } from "../../base/text.ts";
import type { Context } from "../context.ts";
import { NOT_A_FLOAT } from "../errors.ts";

const UNITS: readonly (readonly [Uint8Array, number])[] = [
  [asciiBytes("M"), 1],
  [asciiBytes("KM"), 1000],
  [asciiBytes("FT"), 0.3048],
  [asciiBytes("MI"), 1609.34],
];

const UNKNOWN_UNIT = "ERR unsupported unit provided. please use M, KM, FT, MI";

/** Reads longitude and latitude from two arguments. @returns an error, or null. */
export function readPosition(context: Context, index: number, into: Position): string | null {
  const longitude = doubleAt(context, index);
  const latitude = longitude === null ? null : doubleAt(context, index + 1);
  if (longitude === null || latitude === null) return NOT_A_FLOAT;
  into.longitude = longitude;
  into.latitude = latitude;
  if (isOnMap(longitude, latitude)) return null;
  return `ERR invalid longitude,latitude pair ${formatFixed(longitude, 6)},${formatFixed(latitude, 6)}`;
}

/** The metres of a unit, or an error. */
export function readUnit(context: Context, index: number): number | string {
  for (const [word, meters] of UNITS) if (context.is(index, word)) return meters;
  return UNKNOWN_UNIT;
}

export function doubleAt(context: Context, index: number): number | null {
  return parseDouble(context.bytes(index), context.start(index), context.length(index));
}
