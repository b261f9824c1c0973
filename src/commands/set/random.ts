import type { SetValue } from "../../keyspace/set-value.ts";
import { TYPE_SET } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { drawElements, type ElementDraw } from "../random-elements.ts";
import { replyMember } from "./read.ts";

const MEMBERS: ElementDraw<SetValue> = {
  type: TYPE_SET,
  option: null,
  valueOf: (context) => context.keyspace.structures.sets,
  reply: replyMember,
};

export function srandmember(context: Context): void {
  drawElements(context, MEMBERS);
}
