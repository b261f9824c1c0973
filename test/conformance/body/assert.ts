/** Just enough assertion for the cases: each throws an `Error` whose message says what was expected. */
import { PlatformError, type PlatformErrorKind } from "../../../src/platform/index.ts";

export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return Array.isArray(value) ? `[${value.map(show).join(", ")}]` : String(value);
}

/** Equality of primitives, and of arrays of primitives element by element. */
export function equal<T>(actual: T, expected: T, what: string): void {
  if (Object.is(actual, expected)) return;
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length) {
    if (actual.every((item, index) => Object.is(item, expected[index]))) return;
  }
  throw new Error(`${what}: expected ${show(expected)}, got ${show(actual)}`);
}

/** That `error` is a `PlatformError` of one of `kinds`. */
export function isKind(error: unknown, what: string, ...kinds: PlatformErrorKind[]): void {
  check(error instanceof PlatformError, `${what}: expected a PlatformError, got ${String(error)}`);
  check(kinds.includes(error.kind), `${what}: expected ${kinds.join(" or ")}, got ${error.kind} (${error.detail})`);
}

/** That `action` throws a `PlatformError` of one of `kinds`. */
export function throwsKind(what: string, action: () => unknown, ...kinds: PlatformErrorKind[]): void {
  let thrown: unknown = null;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  check(thrown !== null, `${what}: expected ${kinds.join(" or ")}, but nothing was thrown`);
  isKind(thrown, what, ...kinds);
}
