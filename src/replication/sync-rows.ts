/** SYNC. */
import type { CommandRow } from "../commands/spec.ts";
import type { RawSync } from "./raw-sync.ts";

/** @param sync gives the part of the server, which exists by the time a command runs. */
export function syncRows(sync: () => RawSync): CommandRow[] {
  return [
    {
      name: "sync",
      arity: 1,
      flags: ["admin", "noscript", "no_async_loading", "no_multi"],
      categories: [],
      keySpecs: [],
      group: "server",
      since: "1.0.0",
      complexity: "O(N) where N is the number of keys, in slices.",
      summary: "Sends the dataset as an RDB and then every change to it.",
      effects: "none",
      handler: (context) => sync().start(context.client),
    },
  ];
}
