/** What COMMAND says about the sorted set commands, beside a real Redis. */
import { ZSET_ROWS } from "../../src/commands/zset/rows.ts";
import { testFamily } from "./row-comparison.ts";

testFamily(
  ZSET_ROWS,
  "bzmpop bzpopmax bzpopmin zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore zlexcount " +
    "zmpop zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem " +
    "zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan " +
    "zscore zunion zunionstore",
);
