import type { Context } from "../context.ts";
import { readDatabaseIndex } from "../database-index.ts";
import { wrongArity } from "../errors.ts";

export function ping(context: Context): void {
  if (context.argc > 2) context.fail(wrongArity("ping"));
  else if (context.client.subscriptionCount > 0 && context.client.resp === 2) pingSubscribed(context);
  else if (context.argc === 2) echo(context);
  else context.reply.pong();
}

/** While a RESP2 client listens, everything it gets looks like a message. */
function pingSubscribed(context: Context): void {
  context.reply.arrayHeader(2);
  context.reply.bulkText("pong");
  if (context.argc === 2) echo(context);
  else context.reply.bulkText("");
}

export function echo(context: Context): void {
  context.reply.bulk(context.bytes(1), context.start(1), context.length(1));
}

export function select(context: Context): void {
  const index = readDatabaseIndex(context, 1);
  if (index < 0) return;
  context.client.databaseIndex = index;
  context.reply.ok();
}

export function quit(context: Context): void {
  context.client.closeAfterReply = true;
  context.reply.ok();
}
