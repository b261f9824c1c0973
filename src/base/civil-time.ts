/**
 * A point in time as a calendar date, UTC, proleptic Gregorian: for log lines and the like.
 *
 * The core takes its time as milliseconds from the platform and must not reach for `Date`, whose constructor reads the
 * clock. The arithmetic is that of eras of 400 years (146,097 days) counted from a 1 March, so that the leap day is the
 * last of its year (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
 */

export interface CivilTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

const DAY_MS = 86_400_000;
const ERA_DAYS = 146_097;
const CENTURY_DAYS = 36_524;
const FOUR_YEARS_DAYS = 1_461;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS = 719_468;

/** @param unixMs milliseconds since 1970-01-01T00:00:00Z, an integer; may be negative. */
export function civilTime(unixMs: number): CivilTime {
  const days = Math.floor(unixMs / DAY_MS);
  const ofDay = unixMs - days * DAY_MS;

  const sinceMarch = days + EPOCH_DAYS;
  const era = Math.floor(sinceMarch / ERA_DAYS);
  const dayOfEra = sinceMarch - era * ERA_DAYS;
  // Leap days before this day are taken out, so that every year left has 365.
  const leapDays =
    Math.floor(dayOfEra / (FOUR_YEARS_DAYS - 1)) -
    Math.floor(dayOfEra / CENTURY_DAYS) +
    Math.floor(dayOfEra / (ERA_DAYS - 1));
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  // Months from March on are 31, 30, 31, 30, 31 days, again and again: 153 in five.
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    hour: Math.floor(ofDay / 3_600_000),
    minute: Math.floor(ofDay / 60_000) % 60,
    second: Math.floor(ofDay / 1000) % 60,
    millisecond: ofDay % 1000,
  };
}
