/** Random bytes from the system, through the Web Crypto global. */
import type { Random } from "../../src/platform/index.ts";

/** `getRandomValues` refuses more in one call. */
const PIECE_BYTES_MAX = 65_536;

export class SystemRandom implements Random {
  fill(into: Uint8Array): void {
    for (let start = 0; start < into.length; start += PIECE_BYTES_MAX) {
      const piece = into.subarray(start, Math.min(start + PIECE_BYTES_MAX, into.length));
      crypto.getRandomValues(piece as Uint8Array<ArrayBuffer>);
    }
  }
}
