import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallbackEvent, EventQueue } from "../../runtime/sim/queue.ts";

describe("event queue", () => {
  it("takes events by time, then by order of scheduling", () => {
    const queue = new EventQueue();
    const taken: string[] = [];
    const event = (name: string) => new CallbackEvent(() => taken.push(name));
    queue.push(event("late"), 9);
    queue.push(event("first of two"), 5);
    queue.push(event("second of two"), 5);
    queue.push(event("early"), 1);
    while (queue.size > 0) queue.pop().fire();
    expect(taken).toEqual(["early", "first of two", "second of two", "late"]);
  });

  it("agrees with a sorted list over any mix of pushes, removals and pops", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("push" as const), at: fc.nat(20) }),
      fc.record({ kind: fc.constant("remove" as const), at: fc.nat(1000) }),
      fc.record({ kind: fc.constant("pop" as const), at: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new EventQueue();
        let model: CallbackEvent[] = [];
        for (const { kind, at } of steps) {
          if (kind === "push") {
            const event = new CallbackEvent(() => {});
            queue.push(event, at);
            model.push(event);
            model.sort((a, b) => a.dueUs - b.dueUs || a.order - b.order);
          } else if (kind === "remove" && model.length > 0) {
            const event = model[at % model.length];
            queue.remove(event);
            queue.remove(event);
            model = model.filter((other) => other !== event);
          } else if (kind === "pop" && model.length > 0) {
            expect(queue.pop()).toBe(model.shift());
          }
          expect(queue.size).toBe(model.length);
          expect(queue.peek()).toBe(model[0]);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
