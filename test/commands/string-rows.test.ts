/** What COMMAND says about the string commands, beside a real Redis. */
import { STRING_ROWS } from "../../src/commands/string/rows.ts";
import { testFamily } from "./row-comparison.ts";

testFamily(
  STRING_ROWS,
  "append decr decrby get getdel getex getrange getset incr incrby incrbyfloat lcs mget mset msetnx psetex set " +
    "setex setnx setrange strlen substr",
);
