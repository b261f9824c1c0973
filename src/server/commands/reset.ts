import { MODE_NO_TOUCH, MODE_REPLY_OFF, MODE_REPLY_SKIP_NEXT } from "../../commands/client-state.ts";
import type { Context } from "../../commands/context.ts";
import { endTransaction } from "../../engine/transaction-rows.ts";
import type { Server } from "../server.ts";

/** As if the client had just connected, but for what it has said about its library. */
export function reset(context: Context, server: Server): void {
  const { client, reply } = context;
  endTransaction(context, server.engine);
  server.pubsub.forget(client);
  server.monitors.forget(client);
  client.databaseIndex = 0;
  client.name = "";
  client.noEvict = false;
  client.setMode(MODE_REPLY_OFF | MODE_REPLY_SKIP_NEXT | MODE_NO_TOUCH, false);
  client.resp = 2;
  reply.resp = 2;
  server.authentication.greet(client);
  client.outbox.authenticationChanged();
  reply.simple("RESET");
}
