/** Which clients CLIENT LIST shows and CLIENT KILL closes. */
import { asciiBytes } from "../../base/text.ts";
import type { Context } from "../../commands/context.ts";
import { SYNTAX_ERROR } from "../../commands/errors.ts";
import { DEFAULT_USER } from "../auth.ts";
import type { Session } from "../session.ts";
import { type ClientType, clientType } from "./client-line.ts";

const TYPES: ReadonlyMap<string, ClientType> = new Map([
  ["normal", "normal"],
  ["slave", "replica"],
  ["replica", "replica"],
  ["pubsub", "pubsub"],
  ["master", "master"],
]);

/** What has to hold of a client; null is anything. */
export interface ClientFilter {
  id: number | null;
  type: ClientType | null;
  address: string | null;
  localAddress: string | null;
  skipsCaller: boolean;
}

export function matches(filter: ClientFilter, session: Session): boolean {
  const { client } = session;
  return (
    !session.isClosed &&
    (filter.id === null || client.id === filter.id) &&
    (filter.type === null || clientType(client) === filter.type) &&
    (filter.address === null || client.address === filter.address) &&
    (filter.localAddress === null || client.localAddress === filter.localAddress)
  );
}

/** A type of clients from an argument. @returns null when an error has been replied. */
export function readType(context: Context, index: number): ClientType | null {
  const type = TYPES.get(context.text(index).toLowerCase());
  if (type !== undefined) return type;
  context.fail(`ERR Unknown client type '${context.text(index)}'`);
  return null;
}

/** Reads one option's value into the filter. @returns whether it is right; if not, the error has been replied. */
type ReadOption = (context: Context, index: number, filter: ClientFilter) => boolean;

const YES = asciiBytes("YES");
const NO = asciiBytes("NO");

const OPTIONS: readonly (readonly [name: Uint8Array, read: ReadOption])[] = [
  [asciiBytes("ID"), readId],
  [
    asciiBytes("TYPE"),
    (context, index, filter) => {
      filter.type = readType(context, index);
      return filter.type !== null;
    },
  ],
  [
    asciiBytes("ADDR"),
    (context, index, filter) => {
      filter.address = context.text(index);
      return true;
    },
  ],
  [
    asciiBytes("LADDR"),
    (context, index, filter) => {
      filter.localAddress = context.text(index);
      return true;
    },
  ],
  [asciiBytes("USER"), readUser],
  [asciiBytes("SKIPME"), readSkip],
];

/** The filter of a CLIENT KILL with options. @returns null when an error has been replied. */
export function readKillFilter(context: Context): ClientFilter | null {
  const filter: ClientFilter = { id: null, type: null, address: null, localAddress: null, skipsCaller: true };
  for (let index = 2; index < context.argc; index += 2) {
    const option = OPTIONS.find(([name]) => context.is(index, name));
    if (option === undefined || index + 1 === context.argc) {
      context.fail(SYNTAX_ERROR);
      return null;
    }
    if (!option[1](context, index + 1, filter)) return null;
  }
  return filter;
}

function readId(context: Context, index: number, filter: ClientFilter): boolean {
  filter.id = context.integer64(index);
  if (filter.id !== null && filter.id > 0) return true;
  context.fail("ERR client-id should be greater than 0");
  return false;
}

/** There is one user, and every client is that one. */
function readUser(context: Context, index: number): boolean {
  if (context.text(index) === DEFAULT_USER) return true;
  context.fail(`ERR No such user '${context.text(index)}'`);
  return false;
}

function readSkip(context: Context, index: number, filter: ClientFilter): boolean {
  filter.skipsCaller = context.is(index, YES);
  if (filter.skipsCaller || context.is(index, NO)) return true;
  context.fail(SYNTAX_ERROR);
  return false;
}
