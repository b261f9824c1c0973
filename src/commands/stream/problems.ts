/** Errors that more than one stream command gives. */
import type { Context } from "../context.ts";
import { asCString } from "./id-arguments.ts";

/** Redis shows no more of a subcommand. */
const SUBCOMMAND_SHOWN_MAX = 128;

/** The argument as C would print it. */
export function shown(context: Context, index: number): string {
  return asCString(context.text(index));
}

/** No such key, or no such group in it. */
export function noGroup(context: Context, keyIndex: number, groupIndex: number, where = ""): string {
  return `NOGROUP No such key '${shown(context, keyIndex)}' or consumer group '${shown(context, groupIndex)}'${where}`;
}

/** There is the key, but no such group. */
export function noGroupOfKey(context: Context, keyIndex: number, groupIndex: number): string {
  return `NOGROUP No such consumer group '${shown(context, groupIndex)}' for key name '${shown(context, keyIndex)}'`;
}

/** Options that a subcommand does not have. */
export function badSubcommand(context: Context): string {
  const subcommand = shown(context, 1).slice(0, SUBCOMMAND_SHOWN_MAX);
  const command = shown(context, 0).toUpperCase();
  return `ERR unknown subcommand or wrong number of arguments for '${subcommand}'. Try ${command} HELP.`;
}
