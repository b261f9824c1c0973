/**
 * Doubles as text with a fixed number of decimals, as C's printf writes them: the exact value, rounded half to even.
 * `Number.prototype.toFixed` is exact too, but takes halves upwards, and large numbers to scientific notation.
 */

/** From here on doubles are whole numbers, and toFixed is of no use. */
const FIXED_MAX = 1e21;

/** printf's `%.<decimals>f`. @param decimals at least 1. */
export function formatFixed(value: number, decimals: number): string {
  if (Number.isNaN(value)) return "nan";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return `${sign}inf`;
  if (magnitude >= FIXED_MAX) return `${sign}${BigInt(magnitude)}.${"0".repeat(decimals)}`;
  return sign + (isHalf(magnitude, decimals) ? halfToEven(magnitude, decimals) : magnitude.toFixed(decimals));
}

/** As `formatFixed` with 17 decimals, but without the zeros at the end: Redis's text of coordinates. */
export function formatHuman(value: number): string {
  const text = formatFixed(value, 17);
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0x30) end--;
  if (text.charCodeAt(end - 1) === 0x2e) end--;
  const trimmed = text.slice(0, end);
  return trimmed === "-0" ? "0" : trimmed;
}

/** Whether a number is in the middle between two texts: as decimals are to base 10, it is an odd multiple of 2^-(n+1). */
function isHalf(magnitude: number, decimals: number): boolean {
  return (magnitude * 2 ** (decimals + 1)) % 2 === 1;
}

function halfToEven(magnitude: number, decimals: number): string {
  // All digits of it: the last is a five.
  const text = magnitude.toFixed(decimals + 1).slice(0, -1);
  return (text.charCodeAt(text.length - 1) & 1) === 0 ? text : magnitude.toFixed(decimals);
}
