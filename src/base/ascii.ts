import { assert } from "./assert.ts";

const LOWER_A = 0x61;
const LOWER_Z = 0x7a;
const CASE_BIT = 0x20;
/** Arguments handed to one String.fromCharCode: far below every engine's limit of arguments. */
const LATIN1_CHUNK = 4096;
const LATIN1_LOOP_MAX = 24;

/** The bytes of a text that has only ASCII characters, such as the constants of the protocol. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    assert(code < 0x80, "asciiBytes is given ASCII only");
    bytes[i] = code;
  }
  return bytes;
}

/** The bytes of any text: names, paths and messages that come from outside. */
export function utf8Bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** One character a byte, so that no byte is lost: for messages, names and what goes into a log. */
export function latin1Text(bytes: Uint8Array, start: number, length: number): string {
  let text = "";
  if (length <= LATIN1_LOOP_MAX) {
    for (let i = start; i < start + length; i++) text += String.fromCharCode(bytes[i]);
    return text;
  }
  const end = start + length;
  for (let at = start; at < end; at += LATIN1_CHUNK) {
    const chunk = bytes.subarray(at, Math.min(at + LATIN1_CHUNK, end));
    text += String.fromCharCode.apply(null, chunk as unknown as number[]);
  }
  return text;
}

/** Whether a run of bytes spells `upperText` in any case. `upperText` is ASCII with its letters in upper case. */
export function equalsIgnoreCase(bytes: Uint8Array, start: number, length: number, upperText: Uint8Array): boolean {
  if (length !== upperText.length) return false;
  for (let i = 0; i < length; i++) {
    let byte = bytes[start + i];
    if (byte >= LOWER_A && byte <= LOWER_Z) byte ^= CASE_BIT;
    if (byte !== upperText[i]) return false;
  }
  return true;
}
