/**
 * Replaces a file at once: a reader sees the old one or the new one, whole.
 *
 * The text goes to a file beside it, which is then renamed over it. That is synchronous, so that the reply of CONFIG
 * REWRITE comes after it. To make both durable takes milliseconds and must not stop the server, so it follows: the
 * content first, the directory's entry next. A loss of power in between leaves what the file system makes of a rename.
 */
import { type Files, PlatformError, type Random } from "../../platform/index.ts";
import { bytesOfText, ordinaryText, textOfBytes } from "./byte-text.ts";
import { parentOf } from "./directory.ts";
import type { ConfigHost } from "./host.ts";
import { systemText } from "./system-text.ts";

const SUFFIX_LETTERS = "abcdefghijklmnopqrstuvwxyz012345";
const SUFFIX_LENGTH = 6;

export interface Replaced {
  /** Why it was not replaced, in the system's words. */
  readonly error: string | null;
  /** Never rejects: a failure is logged. */
  readonly durable: Promise<void>;
}

/** @param path a byte string. @param change makes the new text of the old one, null where there is no file. */
export function replaceFile(host: ConfigHost, path: string, change: (existing: string | null) => string): Replaced {
  const { files } = host;
  const target = ordinaryText(path);
  const beside = `${target}.${suffix(host.random)}`;
  try {
    const content = change(readIfThere(files, target));
    const handle = files.open(beside, "create");
    try {
      handle.append(bytesOfText(content));
      files.rename(beside, target);
    } catch (error) {
      handle.close();
      removeIfThere(files, beside);
      throw error;
    }
    const durable = handle
      .sync()
      .finally(() => handle.close())
      .then(() => files.syncDirectory(ordinaryText(parentOf(path))))
      .then(() => host.log("debug", `Rewritten config file (${target}) successfully`))
      .catch((error: unknown) => host.log("warning", `Could not sync config file to disk (${systemText(error)})`));
    return { error: null, durable };
  } catch (error) {
    return { error: systemText(error), durable: Promise.resolve() };
  }
}

function readIfThere(files: Files, path: string): string | null {
  try {
    return textOfBytes(files.readFile(path));
  } catch (error) {
    if (error instanceof PlatformError && error.kind === "not-found") return null;
    throw error;
  }
}

function removeIfThere(files: Files, path: string): void {
  try {
    files.remove(path);
  } catch (error) {
    // What failed before this is what is reported.
    if (!(error instanceof PlatformError)) throw error;
  }
}

function suffix(random: Random): string {
  const bytes = new Uint8Array(SUFFIX_LENGTH);
  random.fill(bytes);
  return Array.from(bytes, (byte) => SUFFIX_LETTERS[byte % SUFFIX_LETTERS.length]).join("");
}
