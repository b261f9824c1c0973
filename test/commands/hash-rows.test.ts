/** What COMMAND says about the hash commands, beside a real Redis. */
import { HASH_ROWS } from "../../src/commands/hash/rows.ts";
import { testFamily } from "./row-comparison.ts";

testFamily(
  HASH_ROWS,
  "hdel hexists hexpire hexpireat hexpiretime hget hgetall hgetdel hgetex hincrby hincrbyfloat hkeys hlen hmget " +
    "hmset hpersist hpexpire hpexpireat hpexpiretime hpttl hrandfield hscan hset hsetex hsetnx hstrlen httl hvals",
);
