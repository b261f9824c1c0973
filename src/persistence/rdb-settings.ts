/** What the configuration and DEBUG say about RDB, DUMP and RESTORE. One a server. */
export class RdbSettings {
  /** `rdbcompression`: whether long strings are compressed. */
  compresses = true;
  /** `rdbchecksum`: whether a file's checksum is compared. */
  checksFiles = true;
  /** DEBUG SET-SKIP-CHECKSUM-VALIDATION: no checksum is compared. */
  skipsChecksums = false;
  /** Whether a file says when each key was last used: under a policy of eviction that goes by it. */
  savesIdleTimes = false;
}
