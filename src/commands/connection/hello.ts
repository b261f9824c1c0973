import { asciiBytes, equalsIgnoreCase } from "../../base/text.ts";
import type { Arguments, Context } from "../context.ts";
import { INVALID_CLIENT_NAME, isClientName } from "./client-name.ts";

const AUTH = asciiBytes("AUTH");
const SETNAME = asciiBytes("SETNAME");

/** The level of behaviour that clients may count on. */
export const REDIS_VERSION = "7.2.4";

export function hello(context: Context): void {
  const { client, reply } = context;
  let version: number = client.resp;
  if (context.argc > 1) {
    version = context.integer(1);
    if (Number.isNaN(version)) {
      context.fail("ERR Protocol version is not an integer or out of range");
      return;
    }
    if (version !== 2 && version !== 3) {
      context.fail("NOPROTO unsupported protocol version");
      return;
    }
  }
  const options = readOptions(context);
  if (options === null) return;
  const { userIndex } = options;
  if (userIndex !== null && !context.services.authenticate(context, userIndex, userIndex + 1)) return;
  if (!client.authenticated && context.services.requiresAuthentication) {
    context.fail(
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
    );
    return;
  }
  if (options.name !== null) client.name = options.name;
  client.resp = version === 3 ? 3 : 2;
  reply.resp = client.resp;
  replyFacts(context);
}

interface HelloOptions {
  name: string | null;
  /** Where the user stands, the password behind it. */
  userIndex: number | null;
}

/** @returns null when an error has been replied. */
function readOptions(context: Context): HelloOptions | null {
  const options: HelloOptions = { name: null, userIndex: null };
  for (let index = 2; index < context.argc; index++) {
    const left = context.argc - 1 - index;
    if (context.is(index, AUTH) && left >= 2) {
      options.userIndex = index + 1;
      index += 2;
    } else if (context.is(index, SETNAME) && left >= 1) {
      const name = context.text(++index);
      if (!isClientName(name)) {
        context.fail(INVALID_CLIENT_NAME);
        return null;
      }
      options.name = name;
    } else {
      context.fail(`ERR Syntax error in HELLO option '${context.text(index)}'`);
      return null;
    }
  }
  return options;
}

/** The user and the password behind AUTH, also where one of them is missing. */
export function isSecretOfHello(args: Arguments, index: number): boolean {
  for (let at = 2; at < index; ) {
    const isAuth = equalsIgnoreCase(args.bytesOf(at), args.argStart[at], args.argLength[at], AUTH);
    if (isAuth && index <= at + 2) return true;
    at += isAuth ? 3 : 2;
  }
  return false;
}

function replyFacts(context: Context): void {
  const { reply, client } = context;
  reply.mapHeader(7);
  reply.bulkText("server");
  reply.bulkText("redis");
  reply.bulkText("version");
  reply.bulkText(REDIS_VERSION);
  reply.bulkText("proto");
  reply.integer(client.resp);
  reply.bulkText("id");
  reply.integer(client.id);
  reply.bulkText("mode");
  reply.bulkText("standalone");
  reply.bulkText("role");
  reply.bulkText("master");
  reply.bulkText("modules");
  reply.arrayHeader(0);
}
