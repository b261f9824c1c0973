/**
 * What a callback of the core throws is a bug and has to end the process, or reach whoever watches for uncaught errors.
 * Deno only prints what is thrown in some of its own callbacks, and Bun hands it to an error callback of the socket:
 * from a microtask it is uncaught everywhere.
 */
export function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
