/** Keys and elements as texts, a byte a character. */
import type { Prng } from "../../src/base/prng.ts";
import type { Span } from "../../src/structures/entry.ts";

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

export function textOf({ bytes, start, length }: Pick<Span, "bytes" | "start" | "length">): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString("latin1");
}

/** An integer, a short text or one of these lengths, around which storage changes; so many of each kind. */
export function randomText(
  random: Prng,
  choices: number,
  lengths: readonly number[],
  lengthMax = Number.POSITIVE_INFINITY,
): string {
  const number = random.below(choices);
  if (random.below(3) === 0) return String(number * 37 - 500);
  const length = random.below(12) === 0 ? lengths[random.below(lengths.length)] : random.below(16);
  return `${number}:`.padEnd(Math.min(length, lengthMax), "xyz");
}
