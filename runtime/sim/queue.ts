/**
 * The queue of everything that is going to happen: a binary heap ordered by (due time, order of scheduling).
 *
 * The second key is what makes a run repeat: two events due at the same microsecond happen in the order in which they
 * were scheduled, never in the order a heap happens to hold them. An event knows its place in the heap, so cancelling
 * takes O(log n) and leaves nothing behind (servers set and cancel a timeout per command). An event object belongs to
 * its owner and may be scheduled again after it has fired: a stream of a socket is one event for all its arrivals.
 */
import { assert } from "../../src/base/assert.ts";

/** More than this pending at once is a leak in the code under test, or in the simulation. */
const PENDING_EVENTS_MAX = 10_000_000;

export abstract class SimEvent {
  /** Virtual time at which it happens, µs. */
  dueUs = 0;
  /** Position in the order of scheduling. */
  order = 0;
  /** Place in the heap, -1 while not scheduled. */
  heapIndex = -1;

  /** What happens. Called by the loop only. */
  abstract fire(): void;

  get isScheduled(): boolean {
    return this.heapIndex >= 0;
  }
}

/** An event that is one closure. */
export class CallbackEvent extends SimEvent {
  private readonly callback: () => void;

  constructor(callback: () => void) {
    super();
    this.callback = callback;
  }

  fire(): void {
    this.callback();
  }
}

export class EventQueue {
  private readonly heap: SimEvent[] = [];
  /** Order the next scheduled event gets. */
  nextOrder = 0;

  get size(): number {
    return this.heap.length;
  }

  /** The event that happens next, undefined when nothing is going to happen. */
  peek(): SimEvent | undefined {
    return this.heap[0];
  }

  push(event: SimEvent, dueUs: number): void {
    assert(event.heapIndex < 0, "an event is scheduled once at a time");
    assert(this.heap.length < PENDING_EVENTS_MAX, "the number of pending events is bounded");
    event.dueUs = dueUs;
    event.order = this.nextOrder++;
    this.heap.push(event);
    this.rise(event, this.heap.length - 1);
  }

  pop(): SimEvent {
    const first = this.heap[0];
    assert(first !== undefined, "pop from an empty event queue");
    this.remove(first);
    return first;
  }

  /** Takes `event` out; nothing happens when it is not scheduled. */
  remove(event: SimEvent): void {
    const index = event.heapIndex;
    if (index < 0) return;
    assert(this.heap[index] === event, "an event knows its place in the heap");
    event.heapIndex = -1;
    const last = this.heap.pop() as SimEvent;
    if (last === event) return;
    this.rise(last, index);
    this.sink(last, last.heapIndex);
  }

  /** Every pending event, in no particular order: for reports. */
  pending(): readonly SimEvent[] {
    return this.heap;
  }

  private rise(event: SimEvent, from: number): void {
    const heap = this.heap;
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (!before(event, parent)) break;
      heap[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    heap[index] = event;
    event.heapIndex = index;
  }

  private sink(event: SimEvent, from: number): void {
    const heap = this.heap;
    const length = heap.length;
    let index = from;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= length) break;
      if (childIndex + 1 < length && before(heap[childIndex + 1], heap[childIndex])) childIndex++;
      const child = heap[childIndex];
      if (!before(child, event)) break;
      heap[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    heap[index] = event;
    event.heapIndex = index;
  }
}

function before(a: SimEvent, b: SimEvent): boolean {
  return a.dueUs < b.dueUs || (a.dueUs === b.dueUs && a.order < b.order);
}
