/** What COMMAND says about the commands on bits, beside a real Redis. */
import { BITS_ROWS } from "../../src/commands/bits/rows.ts";
import { testFamily } from "./row-comparison.ts";

testFamily(BITS_ROWS, "bitcount bitfield bitfield_ro bitop bitpos getbit setbit");
