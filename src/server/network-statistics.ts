/** What sessions count. */
export class NetworkStatistics {
  accepted = 0;
  rejected = 0;
  inputBytes = 0;
  outputBytes = 0;
  reads = 0;
  writes = 0;

  reset(): void {
    this.accepted = 0;
    this.rejected = 0;
    this.inputBytes = 0;
    this.outputBytes = 0;
    this.reads = 0;
    this.writes = 0;
  }
}
