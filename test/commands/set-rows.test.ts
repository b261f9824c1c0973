/** What COMMAND says about the set commands, beside a real Redis. */
import { SET_ROWS } from "../../src/commands/set/rows.ts";
import { testFamily } from "./row-comparison.ts";

testFamily(
  SET_ROWS,
  "sadd scard sdiff sdiffstore sinter sintercard sinterstore sismember smembers smismember smove spop " +
    "srandmember srem sscan sunion sunionstore",
);
