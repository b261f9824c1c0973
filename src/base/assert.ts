/**
 * Assertions stay on in production: a server that goes on in an impossible state writes that state to disk.
 *
 * On the hot path an assertion must cost one compare and a branch never taken. Hence the message is a constant string
 * (never a template, which would be built on every call), and the throw stands in a function of its own, so that
 * `assert` stays small enough to be inlined everywhere.
 */

/** A state that the code holds to be impossible. Not for errors of users or of the outside world. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(`assertion failed: ${message}`);
    this.name = "AssertionError";
  }
}

/** @param message says what should have held, as a constant string. @throws AssertionError when it does not hold. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) unreachable(message);
}

/** For the branch that no input can reach. @throws AssertionError always. */
export function unreachable(message: string): never {
  throw new AssertionError(message);
}
