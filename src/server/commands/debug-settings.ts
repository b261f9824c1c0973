/** `REPLY_BUFFER_DEFAULT_PEAK_RESET_TIME` of Redis. */
const PEAK_RESET_MS_DEFAULT = 5000;

/** What DEBUG switches for tests and nothing else does. One a server, read by whom it concerns. */
export class DebugSettings {
  /** Commands that scripts may not call are allowed: SET-DISABLE-DENY-SCRIPTS. */
  allowsDeniedInScripts = false;
  /** REPLYBUFFER RESIZING. */
  resizesReplyBuffers = true;
  /** REPLYBUFFER PEAK-RESET-TIME, ms; -1 is never. */
  replyPeakResetMs = PEAK_RESET_MS_DEFAULT;

  resetReplyPeak(): void {
    this.replyPeakResetMs = PEAK_RESET_MS_DEFAULT;
  }
}
