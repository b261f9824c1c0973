/** DEBUG PROTOCOL: a specimen of every kind of reply, for those who write clients. */
import type { Context } from "../../commands/context.ts";

/** Redis's choice: near pi, and not it. */
const DOUBLE = Number("3.141");

const SPECIMENS: ReadonlyMap<string, (context: Context) => void> = new Map<string, (context: Context) => void>([
  ["string", ({ reply }) => reply.bulkText("Hello World")],
  ["integer", ({ reply }) => reply.integer(12345)],
  ["double", ({ reply }) => reply.double(DOUBLE)],
  ["bignum", ({ reply }) => reply.bigNumber("1234567999999999999999999999999999999")],
  ["null", ({ reply }) => reply.nullBulk()],
  ["array", numbers((context) => context.reply.arrayHeader(3))],
  ["set", numbers((context) => context.reply.setHeader(3))],
  ["map", map],
  ["attrib", attribute],
  ["push", push],
  ["verbatim", ({ reply }) => reply.verbatim("txt", "This is a verbatim\nstring")],
  ["true", ({ reply }) => reply.boolean(true)],
  ["false", ({ reply }) => reply.boolean(false)],
]);

const NO_SUCH_SPECIMEN = `ERR Wrong protocol type name. Please use one of the following: ${[...SPECIMENS.keys()].join("|")}`;

export function debugProtocol(context: Context): void {
  const show = SPECIMENS.get(context.text(2).toLowerCase());
  if (show === undefined) context.fail(NO_SUCH_SPECIMEN);
  else show(context);
}

function numbers(header: (context: Context) => void): (context: Context) => void {
  return (context) => {
    header(context);
    for (let number = 0; number < 3; number++) context.reply.integer(number);
  };
}

function map({ reply }: Context): void {
  reply.mapHeader(3);
  for (let number = 0; number < 3; number++) {
    reply.integer(number);
    reply.boolean(number === 1);
  }
}

/** An attribute is about the reply that follows it; a RESP2 client gets that alone. */
function attribute({ reply }: Context): void {
  if (reply.resp === 3) {
    reply.attributeHeader(1);
    reply.bulkText("key-popularity");
    reply.arrayHeader(2);
    reply.bulkText("key:123");
    reply.integer(90);
  }
  reply.bulkText("Some real reply following the attribute");
}

/** A push answers nothing, so an answer follows it. */
function push(context: Context): void {
  const { reply } = context;
  if (reply.resp === 2) {
    context.fail("ERR RESP2 is not supported by this command");
    return;
  }
  reply.pushHeader(2);
  reply.bulkText("server-cpu-usage");
  reply.integer(42);
  reply.bulkText("Some real reply following the push reply");
}
