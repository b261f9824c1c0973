/** Every wire case, in the order they run. */
import type { WireCase } from "../environment.ts";
import { abuseCases } from "./abuse.ts";
import { connectionCases } from "./connection.ts";
import { hashFieldCases } from "./hash-fields.ts";
import { keyCases } from "./keys.ts";
import { protocolCases } from "./protocol.ts";
import { serverCases } from "./server.ts";
import { stringCases } from "./strings.ts";
import { transactionCases } from "./transactions.ts";

export const wireCases: readonly WireCase[] = [
  ...connectionCases,
  ...stringCases,
  ...keyCases,
  ...hashFieldCases,
  ...transactionCases,
  ...serverCases,
  ...protocolCases,
  ...abuseCases,
];
