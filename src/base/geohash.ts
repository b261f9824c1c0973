/**
 * Positions on earth as numbers of 52 bits whose order keeps neighbours together, and distances between them, with
 * Redis's constants and in its order of operations: scores and digits come out the same.
 *
 * Encoding. Both coordinates are cut into 2^26 cells, of longitude from −180° to 180° and of latitude within ±85.05°
 * (the web's Mercator square; there is no encoding nearer to the poles). The two cell numbers are interleaved, bits of
 * latitude at the even places and of longitude at the odd:
 *
 *     score = … lon₂ lat₂ lon₁ lat₁ lon₀ lat₀        a cell is 0.6 m wide at the equator
 *
 * A prefix of 2n bits is a square of the map divided 2^n times each way, and all positions in it are one range of
 * scores. 52 bits are exact in a double. JavaScript shifts 32 at a time, so words are interleaved in two halves of
 * sixteen bits each; no BigInt. The very edge, longitude 180 or the greatest latitude, is cell 2^26, one too many: its
 * number takes 54 bits and is rounded as a double, as in Redis, and is decoded as the edge again.
 *
 * Decoding gives the middle of the cell. Any score decodes to something, also of members that no GEOADD has put there:
 * what C makes of such a double as an integer is followed too.
 *
 * Distances are great circles on a sphere (haversine), good to half a percent.
 */
import { arcSine, cosine, sine } from "./trigonometry.ts";

export const LONGITUDE_MIN = -180;
export const LONGITUDE_MAX = 180;
export const LATITUDE_MIN = -85.05112878;
export const LATITUDE_MAX = 85.05112878;
/** Halvings of each coordinate in a score. */
export const STEPS_MAX = 26;
export const EARTH_RADIUS_METERS = 6372797.560856;

const RADIANS_PER_DEGREE: number = Math.PI / 180;
const WORD = 2 ** 32;
const INT64_MAX = 2 ** 63;
const UINT64_MAX = 2 ** 64;
const LONGITUDE_SCALE: number = LONGITUDE_MAX - LONGITUDE_MIN;
const LATITUDE_SCALE: number = LATITUDE_MAX - LATITUDE_MIN;
/** The range of latitude that geohash texts are made with, unlike scores. */
const TEXT_LATITUDE_MAX = 90;
const TEXT_ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
/** Letters of five bits in a text, of 50 of the 52 bits; one more stands for the rest, always zero. */
const TEXT_LETTERS = 10;

/** Degrees. */
export class Position {
  longitude = 0;
  latitude = 0;
}

/** A square of the map: the cells of both coordinates among 2^steps. */
export interface MapSquare {
  readonly steps: number;
  readonly latitudeCell: number;
  readonly longitudeCell: number;
}

export function radians(degrees: number): number {
  return degrees * RADIANS_PER_DEGREE;
}

export function degrees(angle: number): number {
  return angle / RADIANS_PER_DEGREE;
}

export function isOnMap(longitude: number, latitude: number): boolean {
  return (
    longitude >= LONGITUDE_MIN && longitude <= LONGITUDE_MAX && latitude >= LATITUDE_MIN && latitude <= LATITUDE_MAX
  );
}

export function longitudeCell(longitude: number, steps: number): number {
  return Math.floor(((longitude - LONGITUDE_MIN) / LONGITUDE_SCALE) * 2 ** steps);
}

export function latitudeCell(latitude: number, steps: number): number {
  return Math.floor(((latitude - LATITUDE_MIN) / LATITUDE_SCALE) * 2 ** steps);
}

/** The least coordinate of a cell; that of the next cell is its greatest. */
export function longitudeOf(cell: number, steps: number): number {
  return LONGITUDE_MIN + (cell / 2 ** steps) * LONGITUDE_SCALE;
}

export function latitudeOf(cell: number, steps: number): number {
  return LATITUDE_MIN + (cell / 2 ** steps) * LATITUDE_SCALE;
}

/** The score of a position on the map. */
export function scoreOf(longitude: number, latitude: number): number {
  const x = latitudeCell(latitude, STEPS_MAX);
  const y = longitudeCell(longitude, STEPS_MAX);
  return upperWord(x, y) * WORD + lowerWord(x, y);
}

/** The same as exact text: at the edge a score is rounded. */
export function scoreText(longitude: number, latitude: number): string {
  const x = latitudeCell(latitude, STEPS_MAX);
  const y = longitudeCell(longitude, STEPS_MAX);
  return String(BigInt(upperWord(x, y)) * BigInt(WORD) + BigInt(lowerWord(x, y)));
}

/** The least score of a square. */
export function firstScore({ latitudeCell: x, longitudeCell: y, steps }: MapSquare): number {
  return (upperWord(x, y) * WORD + lowerWord(x, y)) * 4 ** (STEPS_MAX - steps);
}

/** The score from which on positions are beyond a square. */
export function endScore({ latitudeCell: x, longitudeCell: y, steps }: MapSquare): number {
  return (upperWord(x, y) * WORD + (lowerWord(x, y) + 1)) * 4 ** (STEPS_MAX - steps);
}

/** Sets the position of a score: the middle of its cell. */
export function decodeScore(score: number, into: Position): void {
  const whole = Math.trunc(score);
  let high = 0;
  let low = 0;
  if (whole >= 0 && whole < UINT64_MAX) {
    high = Math.floor(whole / WORD);
    low = whole - high * WORD;
  } else if (whole < 0 && whole >= -INT64_MAX) {
    // The two's complement.
    high = Math.floor(whole / WORD);
    low = whole - high * WORD;
  } else if (whole < 0) {
    high = INT64_MAX / WORD;
  }
  const x = evenBits(low) | (evenBits(high) << 16);
  const y = evenBits(low >>> 1) | (evenBits(high >>> 1) << 16);
  into.latitude = between(middle(latitudeOf(x >>> 0, STEPS_MAX), latitudeOf((x + 1) >>> 0, STEPS_MAX)), LATITUDE_MAX);
  into.longitude = between(
    middle(longitudeOf(y >>> 0, STEPS_MAX), longitudeOf((y + 1) >>> 0, STEPS_MAX)),
    LONGITUDE_MAX,
  );
}

/** The geohash of eleven letters (geohash.org), which divides latitude from −90° to 90°. */
export function geohashText({ longitude, latitude }: Position): string {
  const x = Math.floor(((latitude + TEXT_LATITUDE_MAX) / (2 * TEXT_LATITUDE_MAX)) * 2 ** STEPS_MAX);
  const y = longitudeCell(longitude, STEPS_MAX);
  const bits = upperWord(x, y) * WORD + lowerWord(x, y);
  let text = "";
  for (let letter = 1; letter <= TEXT_LETTERS; letter++) {
    text += TEXT_ALPHABET[Math.floor(bits / 2 ** (2 * STEPS_MAX - 5 * letter)) % 32];
  }
  return `${text}0`;
}

/** Metres along the great circle. */
export function distanceMeters(from: Position, to: Position): number {
  const v = halfLongitudeSine(from, to);
  if (v === 0) return latitudeMeters(from.latitude, to.latitude);
  return arcMeters(from, to, v, cosine(radians(from.latitude)));
}

/** As `distanceMeters`, from a position of which the cosine of the latitude is known. */
export function distanceMetersFrom(from: Position, fromCosine: number, to: Position): number {
  const v = halfLongitudeSine(from, to);
  return v === 0 ? latitudeMeters(from.latitude, to.latitude) : arcMeters(from, to, v, fromCosine);
}

/** Metres between two parallels. */
export function latitudeMeters(latitude: number, other: number): number {
  return EARTH_RADIUS_METERS * Math.abs(radians(other) - radians(latitude));
}

function halfLongitudeSine(from: Position, to: Position): number {
  return sine((radians(to.longitude) - radians(from.longitude)) / 2);
}

function arcMeters(from: Position, to: Position, v: number, fromCosine: number): number {
  const toLatitude = radians(to.latitude);
  const u = sine((toLatitude - radians(from.latitude)) / 2);
  const a = u * u + fromCosine * cosine(toLatitude) * v * v;
  return 2 * EARTH_RADIUS_METERS * arcSine(Math.sqrt(a));
}

function middle(from: number, to: number): number {
  return (from + to) / 2;
}

function between(value: number, magnitude: number): number {
  return value > magnitude ? magnitude : value < -magnitude ? -magnitude : value;
}

/** Words of two interleaved numbers below 2^32: `even` at the even places. */
function lowerWord(even: number, odd: number): number {
  return (spread(even & 0xffff) | (spread(odd & 0xffff) << 1)) >>> 0;
}

function upperWord(even: number, odd: number): number {
  return (spread(even >>> 16) | (spread(odd >>> 16) << 1)) >>> 0;
}

/** Puts the sixteen bits of a number at the even places of a word. */
function spread(bits: number): number {
  let word = (bits | (bits << 8)) & 0x00ff00ff;
  word = (word | (word << 4)) & 0x0f0f0f0f;
  word = (word | (word << 2)) & 0x33333333;
  return (word | (word << 1)) & 0x55555555;
}

/** The sixteen bits at the even places of a word: undoes `spread`. */
function evenBits(word: number): number {
  let bits = word & 0x55555555;
  bits = (bits | (bits >>> 1)) & 0x33333333;
  bits = (bits | (bits >>> 2)) & 0x0f0f0f0f;
  bits = (bits | (bits >>> 4)) & 0x00ff00ff;
  return (bits | (bits >>> 8)) & 0xffff;
}
