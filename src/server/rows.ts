/** All commands of a server. A family's rows are one import and one line. */
import { BITS_ROWS } from "../commands/bits/rows.ts";
import { CONNECTION_ROWS } from "../commands/connection/rows.ts";
import { GENERIC_ROWS } from "../commands/generic/rows.ts";
import { GEO_ROWS } from "../commands/geo/rows.ts";
import { HASH_ROWS } from "../commands/hash/rows.ts";
import { HYPERLOGLOG_ROWS } from "../commands/hyperloglog/rows.ts";
import { LIST_ROWS } from "../commands/list/rows.ts";
import { SET_ROWS } from "../commands/set/rows.ts";
import type { CommandRow } from "../commands/spec.ts";
import { STREAM_ROWS } from "../commands/stream/rows.ts";
import { STRING_ROWS } from "../commands/string/rows.ts";
import { ZSET_ROWS } from "../commands/zset/rows.ts";
import { transactionRows } from "../engine/transaction-rows.ts";
import { dumpRows } from "../persistence/dump-rows.ts";
import { syncRows } from "../replication/sync-rows.ts";
import { clientRows } from "./commands/client-rows.ts";
import { commandRows } from "./commands/command-rows.ts";
import { debugRows } from "./commands/debug-rows.ts";
import { serverRows } from "./commands/server-rows.ts";
import { configRows } from "./config/rows.ts";
import { pubsubRows } from "./pubsub/rows.ts";
import type { Server } from "./server.ts";

export function allRows(server: Server): CommandRow[] {
  return [
    ...CONNECTION_ROWS,
    ...clientRows(server),
    ...STRING_ROWS,
    ...BITS_ROWS,
    ...HYPERLOGLOG_ROWS,
    ...LIST_ROWS,
    ...SET_ROWS,
    ...HASH_ROWS,
    ...ZSET_ROWS,
    ...STREAM_ROWS,
    ...GEO_ROWS,
    ...GENERIC_ROWS,
    ...dumpRows(() => server.dumps),
    ...transactionRows(server.engine),
    ...pubsubRows(server.pubsub),
    ...serverRows(server),
    ...debugRows(server),
    ...commandRows(server),
    ...syncRows(() => server.rawSync),
    configRows(server.config, {
      resetStatistics: () => server.resetStatistics(),
      replyLater: (context, outcome) => {
        const { outbox } = context.client;
        outbox.park();
        void outcome.then((error) => {
          outbox.resume((reply) => (error === null ? reply.ok() : reply.error(error)));
        });
      },
    }),
  ];
}

/** Names of all commands, for checking a configuration before there is a server. Rows look at nothing until they run. */
export function commandNames(): ReadonlySet<string> {
  return new Set(allRows({} as Server).map((row) => row.name));
}
