/**
 * A client as CLIENT LIST and CLIENT INFO show it: a line of `name=value`, in Redis's order.
 *
 * What has no counterpart here is told by what comes nearest: `fd` is a small number that the connection has to itself
 * while it lasts; `rbs` and `rbp` are the size of the output block that it holds and what stands in it; `obl` is output
 * that no limit counts, `omem` output that `client-output-buffer-limit` does count, `oll` the blocks which that takes.
 */
import { OUTPUT_UNLIMITED_BYTES } from "../../base/limits.ts";
import {
  type ClientState,
  MODE_NO_TOUCH,
  RESTRICTED_IN_MULTI,
  type Subscriptions,
} from "../../commands/client-state.ts";
import { DEFAULT_USER } from "../auth.ts";
import type { Server } from "../server.ts";
import { CLIENT_OBJECT_BYTES, type Session } from "../session.ts";

export type ClientType = "normal" | "pubsub" | "replica" | "master";

/** Its type as the filters of CLIENT LIST and CLIENT KILL have it. */
export function clientType({ isReplica, subscriptionCount }: ClientState): ClientType {
  if (isReplica) return "replica";
  return subscriptionCount > 0 ? "pubsub" : "normal";
}

/** @param argumentBytes of the command that runs, if this client has called it; otherwise 0. */
export function clientLine(server: Server, session: Session, argumentBytes: number): string {
  return fieldsOf(server, session, argumentBytes)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

type Fields = readonly (readonly [string, string | number])[];

function fieldsOf(server: Server, session: Session, argumentBytes: number): Fields {
  const { client, reply } = session;
  const { transaction } = client;
  const multiBytes = transaction?.queue.sizeBytes ?? 0;
  const { outputBytes } = session;
  const countedBytes = outputBytes > OUTPUT_UNLIMITED_BYTES ? outputBytes : 0;
  const argvBytes = argumentBytes + session.parkedBytes;
  const waitingBytes = session.inputBytes;
  return [
    ["id", client.id],
    ["addr", client.address],
    ["laddr", client.localAddress],
    ["fd", session.descriptor],
    ["name", client.name],
    ["age", secondsSince(server, client.connectedAtUs)],
    ["idle", session.isExecuting ? 0 : secondsSince(server, client.lastActiveUs)],
    ["flags", flagsOf(server, session)],
    ["db", client.databaseIndex],
    ...subscriptionFields(client.subscriptions),
    ["multi", transaction === null ? -1 : transaction.queue.count],
    ["qbuf", waitingBytes],
    ["qbuf-free", Math.max(0, session.inputCapacityBytes - waitingBytes)],
    ["argv-mem", argvBytes],
    ["multi-mem", multiBytes],
    ["rbs", reply.bytes.length],
    ["rbp", reply.position],
    ["obl", outputBytes - countedBytes],
    ["oll", Math.ceil(countedBytes / server.outputBlocks.largestBytes)],
    ["omem", countedBytes],
    ["tot-mem", CLIENT_OBJECT_BYTES + session.bufferBytes + multiBytes + argvBytes],
    ["events", `${session.isRead ? "r" : ""}${reply.isBlocked ? "w" : ""}`],
    ["cmd", client.lastCommand],
    ["user", DEFAULT_USER],
    ["redir", -1],
    ["resp", client.resp],
    ["lib-name", client.libraryName],
    ["lib-ver", client.libraryVersion],
  ];
}

function subscriptionFields({ channels, patterns }: Subscriptions): Fields {
  return [
    ["sub", channels.size],
    ["psub", patterns.size],
    ["ssub", 0],
  ];
}

function secondsSince(server: Server, sinceUs: number): number {
  return Math.max(0, Math.floor((server.platform.clock.monotonicUs() - sinceUs) / 1_000_000));
}

function flagsOf(server: Server, session: Session): string {
  const { client } = session;
  let flags = client.isReplica ? "S" : server.monitors.has(client) ? "O" : "";
  if (client.subscriptionCount > 0) flags += "P";
  if ((client.restrictions & RESTRICTED_IN_MULTI) !== 0) flags += "x";
  if (session.isParked) flags += "b";
  if (client.watchBroken) flags += "d";
  if (client.closeAfterReply) flags += "c";
  if (session.isUnix) flags += "U";
  if (client.noEvict) flags += "e";
  if ((client.modes & MODE_NO_TOUCH) !== 0) flags += "T";
  return flags === "" ? "N" : flags;
}
