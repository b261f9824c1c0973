/** The world's errors in the words that C's strerror has for them, since replies and start-up messages quote it. */
import { PlatformError, type PlatformErrorKind } from "../../platform/index.ts";

const TEXTS: Readonly<Partial<Record<PlatformErrorKind, string>>> = {
  "not-found": "No such file or directory",
  exists: "File exists",
  permission: "Permission denied",
  "no-space": "No space left on device",
  "too-many-files": "Too many open files",
  "is-directory": "Is a directory",
  "not-empty": "Directory not empty",
  unsupported: "Operation not supported",
};

export function systemText(error: unknown): string {
  if (!(error instanceof PlatformError)) throw error;
  return TEXTS[error.kind] ?? "Input/output error";
}
