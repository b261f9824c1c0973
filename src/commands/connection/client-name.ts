/** What a client says about itself: its name, and the library that speaks for it. */
import { asciiBytes } from "../../base/text.ts";
import type { Context } from "../context.ts";

export const INVALID_CLIENT_NAME = "ERR Client names cannot contain spaces, newlines or special characters.";

const LIBRARY_NAME = asciiBytes("LIB-NAME");
const LIBRARY_VERSION = asciiBytes("LIB-VER");

/** Printable ASCII without blanks, so that CLIENT LIST stays readable. */
export function isClientName(name: string): boolean {
  return /^[!-~]*$/.test(name);
}

export function setName(context: Context): void {
  const name = context.text(2);
  if (!isClientName(name)) {
    context.fail(INVALID_CLIENT_NAME);
    return;
  }
  context.client.name = name;
  context.reply.ok();
}

export function getName(context: Context): void {
  const { name } = context.client;
  if (name === "") context.reply.nullBulk();
  else context.reply.bulkText(name);
}

export function setInfo(context: Context): void {
  const { client } = context;
  const isName = context.is(2, LIBRARY_NAME);
  if (!isName && !context.is(2, LIBRARY_VERSION)) {
    context.fail(`ERR Unrecognized option '${context.text(2)}'`);
    return;
  }
  const value = context.text(3);
  if (!isClientName(value)) {
    context.fail(`ERR ${context.text(2)} cannot contain spaces, newlines or special characters.`);
    return;
  }
  if (isName) client.libraryName = value;
  else client.libraryVersion = value;
  context.reply.ok();
}
