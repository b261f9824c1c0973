/** Bytes that have arrived at a socket's kernel and that its process has not read. */

export class Inbox {
  private chunks: Uint8Array[] = [];
  sizeBytes = 0;

  add(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.sizeBytes += bytes.length;
  }

  /** Moves what fits, oldest first, to `into` from `start` on. @returns where it ends. */
  take(into: Uint8Array, start: number, limitBytes: number): number {
    let end = start;
    let takenCount = 0;
    while (takenCount < this.chunks.length && end - start < limitBytes) {
      const bytes = this.chunks[takenCount];
      const roomBytes = limitBytes - (end - start);
      const fits = bytes.length <= roomBytes;
      into.set(fits ? bytes : bytes.subarray(0, roomBytes), end);
      end += fits ? bytes.length : roomBytes;
      if (fits) takenCount++;
      else this.chunks[takenCount] = bytes.subarray(roomBytes);
    }
    if (takenCount === this.chunks.length) this.chunks = [];
    else this.chunks.splice(0, takenCount);
    this.sizeBytes -= end - start;
    return end;
  }

  clear(): void {
    this.chunks = [];
    this.sizeBytes = 0;
  }
}
