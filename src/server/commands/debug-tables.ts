/**
 * DEBUG HTSTATS: how well a table spreads its keys, in the words of Redis's dictionaries.
 *
 * What is a slot with a chain there is a bucket here with the entries that are at home in it (also those that stand in
 * one of the next three because it is full). The expiry index is no hash table: each of its elements has a slot.
 */
import type { Context } from "../../commands/context.ts";
import { NO_SUCH_KEY, NOT_AN_INTEGER } from "../../commands/errors.ts";
import { HandleList } from "../../structures/handle-list.ts";
import type { Table } from "../../structures/table.ts";

const NO_HASH_TABLE = "ERR The value stored at the specified key is not represented using an hash table";

interface Chains {
  /** How many chains there are of each length. */
  readonly byLength: readonly number[];
  readonly elements: number;
}

export function debugTables(context: Context): void {
  const index = context.integer64(2);
  const { databases } = context.keyspace;
  if (index === null) {
    context.fail(NOT_AN_INTEGER);
  } else if (index < 0 || index >= databases.length) {
    context.fail("ERR Out of range database");
  } else {
    const { table, expiry } = databases[index];
    const expires = { byLength: [0, expiry.count], elements: expiry.count };
    context.reply.verbatim("txt", `[Dictionary HT]\n${describe(chainsOf(table))}[Expires HT]\n${describe(expires)}`);
  }
}

/** No value is a hash table so far. */
export function debugTableOfKey(context: Context): void {
  const { keyspace, database } = context;
  const entry = keyspace.lookupUntouched(database, context.bytes(2), context.start(2), context.length(2), false);
  context.fail(entry === 0 ? NO_SUCH_KEY : NO_HASH_TABLE);
}

function chainsOf(table: Table): Chains {
  const byLength: number[] = [];
  const home = new HandleList();
  let cursor = 0;
  do {
    home.clear();
    cursor = table.scan(cursor, home);
    byLength[home.length] = (byLength[home.length] ?? 0) + 1;
  } while (cursor !== 0);
  return { byLength, elements: table.count };
}

function describe({ byLength, elements }: Chains): string {
  const title = "Hash table 0 stats (main hash table):\n";
  if (elements === 0) return `${title}No stats available for empty dictionaries\n`;
  let slots = 0;
  for (const chains of byLength) slots += chains ?? 0;
  const used = slots - (byLength[0] ?? 0);
  const average = (elements / used).toFixed(2);
  const lines = [
    ` table size: ${slots}`,
    ` number of elements: ${elements}`,
    ` different slots: ${used}`,
    ` max chain length: ${byLength.length - 1}`,
    ` avg chain length (counted): ${average}`,
    ` avg chain length (computed): ${average}`,
    " Chain length distribution:",
  ];
  byLength.forEach((chains, length) => {
    if (chains > 0) lines.push(`   ${length}: ${chains} (${((chains / slots) * 100).toFixed(2)}%)`);
  });
  return `${title}${lines.join("\n")}\n`;
}
