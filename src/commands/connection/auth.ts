import type { Context } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";

export function auth(context: Context): void {
  if (context.argc > 3) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  const hasUser = context.argc === 3;
  if (context.services.authenticate(context, hasUser ? 1 : null, hasUser ? 2 : 1)) context.reply.ok();
}
