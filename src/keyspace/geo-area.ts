/**
 * The area of a search: a circle, or a box along the parallels, around a position; and the squares of the map that cover
 * it, whose scores are then walked.
 *
 * As in Redis the map is divided so finely that the square of the centre and its eight neighbours cover the area;
 * squares that the area does not reach are left out. In which order squares are walked shows in replies without
 * sorting, and which are left out decides what is found in odd places, near the poles: both are Redis's.
 *
 * Whether a position is within is decided by its distance as it is replied. That takes five trigonometric functions at
 * full precision (`trigonometry.ts`), so most positions are decided by less: the difference of latitude alone, then the
 * haversine by the engine's own functions, unless it comes within a billionth of the border.
 */
import {
  degrees,
  distanceMetersFrom,
  EARTH_RADIUS_METERS,
  latitudeCell,
  latitudeMeters,
  latitudeOf,
  longitudeCell,
  longitudeOf,
  type MapSquare,
  Position,
  radians,
  STEPS_MAX,
} from "../base/geohash.ts";
import { cosine } from "../base/trigonometry.ts";

/** Half of the equator in the map's projection: what radius needs no division of the map. */
const MAP_RADIUS_METERS = 20037726.37;
/** Latitudes from which on squares are divided less, since they are narrower. */
const NARROW_LATITUDE = 66;
const NARROWEST_LATITUDE = 80;
/** By how much a position must miss the border for an inexact haversine, or a difference of latitude, to decide. */
const HAVERSINE_MARGIN = 1e-9;
const LATITUDE_MARGIN = 1e-6;

export class GeoArea {
  readonly center: Position = new Position();
  isBox = false;
  /** In units; of a circle. */
  radius = 0;
  /** In units; of a box. */
  width = 0;
  height = 0;
  unitMeters = 1;
  /** Of the position that `contains` has found within: only if that was asked for. */
  distanceMeters = 0;
  #reachMeters = 0;
  #heightMeters = 0;
  #centerCosine = 0;
  /** Haversines that are surely within, and surely outside. */
  #haversineMin = 0;
  #haversineMax = 0;

  /** Prepares `contains`, when everything is set. */
  begin(): void {
    this.#heightMeters = (this.height * this.unitMeters) / 2;
    this.#reachMeters = this.isBox ? (this.width * this.unitMeters) / 2 : this.radius * this.unitMeters;
    this.#centerCosine = cosine(radians(this.center.latitude));
    const angle = this.#reachMeters / (2 * EARTH_RADIUS_METERS);
    const haversine = angle < Math.PI / 2 ? Math.sin(angle) ** 2 : 1;
    this.#haversineMin = haversine * (1 - HAVERSINE_MARGIN);
    // Near the other side of the earth the haversine says little.
    this.#haversineMax = haversine > 1 - HAVERSINE_MARGIN ? 2 : haversine * (1 + HAVERSINE_MARGIN);
  }

  /** @param wantsDistance whether to set `distanceMeters` if the position is within. */
  contains(position: Position, wantsDistance: boolean): boolean {
    if (!(this.isBox ? this.#boxContains(position) : this.#circleContains(position))) return false;
    if (wantsDistance) this.distanceMeters = distanceMetersFrom(this.center, this.#centerCosine, position);
    return true;
  }

  #circleContains(position: Position): boolean {
    const { center } = this;
    const reach = this.#reachMeters;
    if (latitudeMeters(center.latitude, position.latitude) * (1 - LATITUDE_MARGIN) > reach) return false;
    const toLatitude = radians(position.latitude);
    const u = Math.sin((toLatitude - radians(center.latitude)) / 2);
    const v = Math.sin((radians(position.longitude) - radians(center.longitude)) / 2);
    const haversine = u * u + this.#centerCosine * Math.cos(toLatitude) * v * v;
    if (haversine < this.#haversineMin) return true;
    if (haversine > this.#haversineMax) return false;
    return distanceMetersFrom(center, this.#centerCosine, position) <= reach;
  }

  /** Within half the height of the parallel, and along its own parallel within half the width. */
  #boxContains(position: Position): boolean {
    const { center } = this;
    if (latitudeMeters(position.latitude, center.latitude) > this.#heightMeters) return false;
    const v = Math.sin((radians(position.longitude) - radians(center.longitude)) / 2);
    const across = Math.cos(radians(position.latitude)) * v;
    const haversine = across * across;
    if (haversine < this.#haversineMin) return true;
    if (haversine > this.#haversineMax) return false;
    const opposite = new Position();
    opposite.longitude = center.longitude;
    opposite.latitude = position.latitude;
    return distanceMetersFrom(position, cosine(radians(position.latitude)), opposite) <= this.#reachMeters;
  }

  /** The squares to walk, in order; some may come twice. */
  squares(): MapSquare[] {
    const bounds = this.#bounds();
    let around = this.#around(this.#steps());
    if (around.steps > 1 && !reaches(around, bounds)) around = this.#around(around.steps - 1);
    const { steps, latitudeCell: x, longitudeCell: y } = around;
    // With two divisions or more a neighbour beyond a border that the area keeps within is of no use. The bounds of an
    // endless area are not numbers, and nothing is beyond them.
    const isFine = steps >= 2;
    const north = !(isFine && latitudeOf(x + 1, steps) > bounds.latitudeMax);
    const south = !(isFine && latitudeOf(x, steps) < bounds.latitudeMin);
    const east = !(isFine && longitudeOf(y + 1, steps) > bounds.longitudeMax);
    const west = !(isFine && longitudeOf(y, steps) < bounds.longitudeMin);
    const squares = [around];
    const visit = (isWanted: boolean, up: number, right: number): void => {
      if (!isWanted) return;
      const square = neighbour(around, up, right);
      // Where the map is divided little, neighbours on opposite sides are the same. Redis compares with the last one
      // alone, and not with the first.
      const last = squares[squares.length - 1];
      if (squares.length === 1 || !isSame(square, last)) squares.push(square);
    };
    visit(north, 1, 0);
    visit(south, -1, 0);
    visit(east, 0, 1);
    visit(west, 0, -1);
    visit(north && east, 1, 1);
    visit(north && west, 1, -1);
    visit(south && east, -1, 1);
    visit(south && west, -1, -1);
    return squares;
  }

  #around(steps: number): MapSquare {
    const { longitude, latitude } = this.center;
    return { steps, latitudeCell: latitudeCell(latitude, steps), longitudeCell: longitudeCell(longitude, steps) };
  }

  /** How often the map is to be divided, from the distance of the area's furthest point. */
  #steps(): number {
    const { unitMeters } = this;
    const halfWidth = this.width / 2;
    const halfHeight = this.height / 2;
    const reach = this.isBox ? Math.sqrt(halfWidth * halfWidth + halfHeight * halfHeight) : this.radius;
    const reachMeters = reach * unitMeters;
    if (reachMeters === 0) return STEPS_MAX;
    let steps = 1;
    for (let meters = reachMeters; meters < MAP_RADIUS_METERS && steps < 2 * STEPS_MAX; meters *= 2) steps++;
    steps -= 2;
    const latitude = Math.abs(this.center.latitude);
    if (latitude > NARROW_LATITUDE) steps--;
    if (latitude > NARROWEST_LATITUDE) steps--;
    return Math.min(Math.max(steps, 1), STEPS_MAX);
  }

  /** Degrees that the area lies within; it is wider on the side that faces away from the equator, and reckoned so. */
  #bounds(): Bounds {
    const { center, isBox, unitMeters } = this;
    const { longitude, latitude } = center;
    const height = unitMeters * (isBox ? this.height / 2 : this.radius);
    const width = unitMeters * (isBox ? this.width / 2 : this.radius);
    const up = degrees(height / EARTH_RADIUS_METERS);
    const parallel = latitude < 0 ? latitude - up : latitude + up;
    const right = degrees(width / EARTH_RADIUS_METERS / Math.cos(radians(parallel)));
    return {
      longitudeMin: longitude - right,
      longitudeMax: longitude + right,
      latitudeMin: latitude - up,
      latitudeMax: latitude + up,
    };
  }
}

interface Bounds {
  readonly longitudeMin: number;
  readonly longitudeMax: number;
  readonly latitudeMin: number;
  readonly latitudeMax: number;
}

/** Whether a square and its neighbours cover the bounds. */
function reaches(around: MapSquare, bounds: Bounds): boolean {
  const { steps } = around;
  const north = neighbour(around, 1, 0).latitudeCell;
  const south = neighbour(around, -1, 0).latitudeCell;
  const east = neighbour(around, 0, 1).longitudeCell;
  const west = neighbour(around, 0, -1).longitudeCell;
  return !(
    latitudeOf(north + 1, steps) < bounds.latitudeMax ||
    latitudeOf(south, steps) > bounds.latitudeMin ||
    longitudeOf(east + 1, steps) < bounds.longitudeMax ||
    longitudeOf(west, steps) > bounds.longitudeMin
  );
}

/** The square so many squares up and to the right, round the map. */
function neighbour({ steps, latitudeCell: x, longitudeCell: y }: MapSquare, up: number, right: number): MapSquare {
  const mask = 2 ** steps - 1;
  return {
    steps,
    latitudeCell: up === 0 ? x : (x + up) & mask,
    longitudeCell: right === 0 ? y : (y + right) & mask,
  };
}

function isSame(a: MapSquare, b: MapSquare): boolean {
  return a.latitudeCell === b.latitudeCell && a.longitudeCell === b.longitudeCell;
}
