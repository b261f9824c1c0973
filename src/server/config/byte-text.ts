/**
 * Values of the configuration are strings of bytes, and here a byte is a character (≤ U+00FF): nothing is lost of what
 * a file or a client sent, and comparing, splitting and quoting are those of the bytes. Text that a person or a runtime
 * gives, such as the arguments of the program or a path, crosses over through UTF-8 in the functions below.
 */
import { latin1Text, utf8Bytes } from "../../base/text.ts";

/** The bytes of a byte string. */
export function bytesOfText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The byte string of some bytes. */
export function textOfBytes(bytes: Uint8Array): string {
  return latin1Text(bytes, 0, bytes.length);
}

/** Ordinary text, of any characters, as a byte string. */
export function byteText(text: string): string {
  return textOfBytes(utf8Bytes(text));
}

/** A byte string as ordinary text: what a path is for the file system. */
export function ordinaryText(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOfText(text));
}

/** What C sees of a string: up to its first NUL. */
export function upToNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Lower case of the letters A to Z; other bytes are not letters. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (run) => run.toLowerCase());
}

/** Whether two byte strings are the same but for the case of A to Z. */
export function sameWord(one: string, other: string): boolean {
  return one.length === other.length && lowerAscii(one) === lowerAscii(other);
}

/** Without blanks, tabs and line ends at both ends. */
export function trimmed(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}
