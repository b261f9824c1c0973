/** A client of SYNC without a connection, for servers whose slices are taken by hand. */
import type { Outbox } from "../../src/commands/client-state.ts";
import { ReplyBuffer } from "../../src/protocol/reply-writer.ts";
import type { LocalClient, LocalServer } from "../commands/generic-server.ts";
import { SyncBytes } from "./sync-bytes.ts";

/** Has a client without a connection take what it is sent. */
export function listen(server: LocalServer, client: LocalClient): SyncBytes {
  const sent = new SyncBytes();
  const reply = new ReplyBuffer(server.server.outputBlocks);
  const outbox: Partial<Outbox> = {
    outputBytes: 0,
    push(write) {
      write(reply);
      reply.flush({ write: (bytes) => sent.onData(bytes, 0, bytes.length) === undefined });
    },
    close: () => sent.onClose(),
  };
  client.state.outbox = outbox as Outbox;
  return sent;
}
