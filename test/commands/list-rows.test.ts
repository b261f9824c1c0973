/** What COMMAND says about the list commands, beside a real Redis. */
import { LIST_ROWS } from "../../src/commands/list/rows.ts";
import { testFamily } from "./row-comparison.ts";

testFamily(
  LIST_ROWS,
  "blmove blmpop blpop brpop brpoplpush lindex linsert llen lmove lmpop lpop lpos lpush lpushx lrange lrem lset " +
    "ltrim rpop rpoplpush rpush rpushx",
);
