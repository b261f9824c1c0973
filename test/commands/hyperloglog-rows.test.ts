/** What COMMAND says about the HyperLogLog commands, beside a real Redis. */
import { HYPERLOGLOG_ROWS } from "../../src/commands/hyperloglog/rows.ts";
import { testFamily } from "./row-comparison.ts";

testFamily(HYPERLOGLOG_ROWS, "pfadd pfcount pfdebug pfmerge pfselftest");
