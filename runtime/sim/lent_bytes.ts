/**
 * What a caller has lent to `write`: bytes the socket keeps by reference until `onDrain`.
 *
 * The contract says that the caller leaves them alone until then. A real adapter would send whatever stands there when
 * the system gets round to it; here every loan keeps a copy beside the reference, sends the copy, and compares the two
 * when the loan ends. A change in between is a bug of the caller and ends the run.
 */
import { AssertionError } from "../../src/base/assert.ts";

/** Compared at a time; a multiple of four. */
const COMPARED_BYTES = 64 * 1024;

interface Loan {
  readonly reference: Uint8Array;
  readonly copy: Uint8Array;
}

export class LentBytes {
  /** Everything lent since the last drain, sent or not. */
  private loans: Loan[] = [];
  /** First loan that is not sent whole, and how much of it is. */
  private loanIndex = 0;
  private sentBytes = 0;
  /** Bytes lent and not sent. */
  pendingBytes = 0;

  add(bytes: Uint8Array): void {
    this.loans.push({ reference: bytes, copy: bytes.slice() });
    this.pendingBytes += bytes.length;
  }

  /** The next bytes to send, at most `limitBytes` and of one loan. */
  take(limitBytes: number): Uint8Array {
    const { copy } = this.loans[this.loanIndex];
    const taken = copy.subarray(this.sentBytes, this.sentBytes + limitBytes);
    this.sentBytes += taken.length;
    this.pendingBytes -= taken.length;
    if (this.sentBytes === copy.length) {
      this.loanIndex++;
      this.sentBytes = 0;
    }
    return taken;
  }

  /** Ends all loans. @throws AssertionError when the caller has changed one. */
  giveBack(): void {
    for (const { reference, copy } of this.loans) {
      if (!areEqual(reference, copy)) {
        throw new AssertionError("bytes lent to write() were changed before onDrain");
      }
    }
    this.drop();
  }

  /** Forgets all loans, sent or not. */
  drop(): void {
    this.loans = [];
    this.loanIndex = 0;
    this.sentBytes = 0;
    this.pendingBytes = 0;
  }
}

function areEqual(reference: Uint8Array, copy: Uint8Array): boolean {
  if (reference.length !== copy.length) return false;
  const wordsEnd = copy.length & ~3;
  for (let start = 0; start < wordsEnd; start += COMPARED_BYTES) {
    const end = Math.min(wordsEnd, start + COMPARED_BYTES);
    // A slice begins at a multiple of four, wherever the reference does: four bytes are compared at a time.
    const left = new Int32Array(reference.slice(start, end).buffer);
    const right = new Int32Array(copy.buffer, copy.byteOffset + start, left.length);
    for (let index = 0; index < left.length; index++) {
      if (left[index] !== right[index]) return false;
    }
  }
  for (let index = wordsEnd; index < copy.length; index++) {
    if (reference[index] !== copy[index]) return false;
  }
  return true;
}
