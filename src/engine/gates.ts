/**
 * The gates: what can keep a command that exists from running, in the order in which they are asked.
 *
 * A gate says what to reply, or null to let the command pass. Most commands in most states cannot be refused by any;
 * whether any is worth asking is kept as bits by those who change the state (`ClientState.restrictions`), so that
 * the common case is one test.
 */
import { type ClientState, RESTRICTED_PAUSED, RESTRICTED_WRITES_PAUSED } from "../commands/client-state.ts";
import type { Context } from "../commands/context.ts";
import {
  ALLOWED_SUBSCRIBED,
  type Command,
  IS_PROTECTED,
  IS_WRITE,
  NEEDS_NO_AUTH,
  NOT_IN_MULTI,
} from "./command-table.ts";

/** What a gate answers instead of an error when the command has to wait. */
export const POSTPONED = "";

export interface Gate {
  readonly name: string;
  /** The error reply, null, or `POSTPONED`. */
  refuse(context: Context, command: Command): string | null;
}

export const GATES: readonly Gate[] = [
  {
    name: "protection",
    refuse: (context, command) =>
      (command.bits & IS_PROTECTED) !== 0 ? context.services.refuseProtected(context.client) : null,
  },
  {
    name: "authentication",
    refuse: (context, command) =>
      context.client.authenticated || (command.bits & NEEDS_NO_AUTH) !== 0 || !context.services.requiresAuthentication
        ? null
        : "NOAUTH Authentication required.",
  },
  {
    name: "subscribed",
    refuse: (context, command) =>
      context.client.resp === 3 || context.client.subscriptionCount === 0 || (command.bits & ALLOWED_SUBSCRIBED) !== 0
        ? null
        : `ERR Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
  },
  {
    name: "transaction",
    refuse: (context, command) =>
      context.client.transaction === null || (command.bits & NOT_IN_MULTI) === 0
        ? null
        : "ERR Command not allowed inside a transaction",
  },
  {
    name: "pause",
    refuse: ({ client }, command) => {
      if ((client.restrictions & RESTRICTED_PAUSED) !== 0) return POSTPONED;
      if ((client.restrictions & RESTRICTED_WRITES_PAUSED) === 0) return null;
      return mayReplicate(command) || (command.row.name === "exec" && queuesReplicated(client)) ? POSTPONED : null;
    },
  },
];

function mayReplicate({ bits, row }: Command): boolean {
  return (bits & IS_WRITE) !== 0 || row.flags.includes("may_replicate");
}

function queuesReplicated({ transaction }: ClientState): boolean {
  return transaction?.queue.commands.some((command) => mayReplicate(command as Command)) ?? false;
}
