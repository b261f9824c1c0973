/** CLIENT LIST, INFO, KILL, UNBLOCK and PAUSE: what looks at clients or changes what others may do. */
import { assert } from "../../base/assert.ts";
import { asciiBytes } from "../../base/text.ts";
import type { Context } from "../../commands/context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../../commands/errors.ts";
import type { Server } from "../server.ts";
import type { Session } from "../session.ts";
import { type ClientFilter, matches, readKillFilter, readType } from "./client-filter.ts";
import { clientLine } from "./client-line.ts";

const TYPE = asciiBytes("TYPE");
const ID = asciiBytes("ID");
const TIMEOUT = asciiBytes("TIMEOUT");
const ERROR = asciiBytes("ERROR");
const WRITE = asciiBytes("WRITE");
const ALL = asciiBytes("ALL");

const ANY_CLIENT: ClientFilter = { id: null, type: null, address: null, localAddress: null, skipsCaller: false };

export function list(context: Context, server: Server): void {
  const sessions = selectListed(context, server);
  if (sessions === null) return;
  context.reply.verbatim("txt", sessions.map((session) => lineOf(context, server, session)).join(""));
}

/** @returns null when an error has been replied. */
function selectListed(context: Context, server: Server): readonly Session[] | null {
  const { argc } = context;
  if (argc === 2) return select(server, ANY_CLIENT);
  if (argc === 4 && context.is(2, TYPE)) {
    const type = readType(context, 3);
    return type === null ? null : select(server, { ...ANY_CLIENT, type });
  }
  if (argc > 3 && context.is(2, ID)) return selectIds(context, server);
  context.fail(SYNTAX_ERROR);
  return null;
}

function select(server: Server, filter: ClientFilter): Session[] {
  return [...server.sessions].filter((session) => matches(filter, session));
}

/** In the order asked for, as often as asked for. */
function selectIds(context: Context, server: Server): Session[] | null {
  const byId = new Map(select(server, ANY_CLIENT).map((session) => [session.client.id, session]));
  const found: Session[] = [];
  for (let index = 3; index < context.argc; index++) {
    const id = context.integer64(index);
    if (id === null) {
      context.fail("ERR Invalid client ID");
      return null;
    }
    const session = byId.get(id);
    if (session !== undefined) found.push(session);
  }
  return found;
}

function lineOf(context: Context, server: Server, session: Session): string {
  const isCaller = session.client === context.client;
  return `${clientLine(server, session, isCaller ? argumentBytes(context) : 0)}\n`;
}

function argumentBytes(context: Context): number {
  let bytes = 0;
  for (let index = 0; index < context.argc; index++) bytes += context.length(index);
  return bytes;
}

export function info(context: Context, server: Server): void {
  const session = select(server, { ...ANY_CLIENT, id: context.client.id }).at(0);
  assert(session !== undefined, "who asks is connected");
  context.reply.verbatim("txt", lineOf(context, server, session));
}

/** With an address alone it kills also the caller and answers OK; with options it answers how many it has killed. */
export function kill(context: Context, server: Server): void {
  const isOldForm = context.argc === 3;
  const filter = isOldForm ? { ...ANY_CLIENT, address: context.text(2) } : readKillFilter(context);
  if (filter === null) return;
  const killed = killAll(context, server, filter);
  if (!isOldForm) context.reply.integer(killed);
  else if (killed === 0) context.fail("ERR No such client");
  else context.reply.ok();
}

function killAll(context: Context, server: Server, filter: ClientFilter): number {
  let killed = 0;
  for (const session of select(server, filter)) {
    if (session.client !== context.client) {
      session.close();
      server.forget(session);
    } else if (filter.skipsCaller) {
      continue;
    } else {
      context.client.closeAfterReply = true;
    }
    killed++;
  }
  return killed;
}

export function unblock(context: Context, server: Server): void {
  if (context.argc > 4) {
    context.fail(unknownForm(context));
    return;
  }
  const withError = context.argc === 4 && context.is(3, ERROR);
  if (context.argc === 4 && !withError && !context.is(3, TIMEOUT)) {
    context.fail("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    return;
  }
  const id = context.integer64(2);
  if (id === null) {
    context.fail(NOT_AN_INTEGER);
    return;
  }
  const session = select(server, { ...ANY_CLIENT, id }).at(0);
  const unblocked = session !== undefined && server.engine.blocking.unblock(session.client, withError);
  context.reply.integer(unblocked ? 1 : 0);
}

export function pause(context: Context, server: Server): void {
  if (context.argc > 4) {
    context.fail(unknownForm(context));
    return;
  }
  const writesOnly = context.argc === 4 && context.is(3, WRITE);
  if (context.argc === 4 && !writesOnly && !context.is(3, ALL)) {
    context.fail("ERR CLIENT PAUSE mode must be WRITE or ALL");
    return;
  }
  const timeoutMs = context.integer64(2);
  if (timeoutMs === null) {
    context.fail("ERR timeout is not an integer or out of range");
  } else if (timeoutMs < 0) {
    context.fail("ERR timeout is negative");
  } else {
    server.pause.begin(timeoutMs, writesOnly);
    context.reply.ok();
  }
}

function unknownForm(context: Context): string {
  return `ERR unknown subcommand or wrong number of arguments for '${context.text(1)}'. Try CLIENT HELP.`;
}
