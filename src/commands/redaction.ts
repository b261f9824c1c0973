/**
 * Arguments as they are shown to others than their client: in slow logs, to those who monitor, in the server's log.
 * A row says which of its arguments are secret; those are never shown.
 */
import { latin1Text } from "../base/text.ts";
import type { Arguments } from "./context.ts";
import type { CommandRow } from "./spec.ts";

/** What stands for a secret. */
export const REDACTED = "(redacted)";

/** Argument `index` as text, a character a byte, of at most so many of its bytes. */
export function shownArgument(row: CommandRow, args: Arguments, index: number, bytesMax: number): string {
  if (row.isSecret?.(args, index) === true) return REDACTED;
  return latin1Text(args.bytesOf(index), args.argStart[index], Math.min(args.argLength[index], bytesMax));
}
