/** Up to where a collection is kept small, in the configuration's terms; the values are the configuration's defaults. */
export class CollectionLimits {
  /** Fields of a hash that is a listpack. */
  hashMaxListpackEntries = 512;
  /** Bytes of a field or value in it. */
  hashMaxListpackValue = 64;
  /** Members of a set of integers that is an intset. */
  setMaxIntsetEntries = 512;
  /** Members of a set that is a listpack. */
  setMaxListpackEntries = 128;
  /** Bytes of a member in it. */
  setMaxListpackValue = 64;
  /** Members of a sorted set that is a listpack. */
  zsetMaxListpackEntries = 128;
  /** Bytes of a member in it. */
  zsetMaxListpackValue = 64;
  /** Items in a listpack of a list, or if negative, its size: −1 is 4 KB, −5 is 64 KB. */
  listMaxListpackSize = -2;
  /** Listpacks at either end of a list that are not compressed; 0 compresses none. */
  listCompressDepth = 0;
  /** Bytes of a HyperLogLog that is sparse. */
  hllSparseMaxBytes = 3000;
  /** Bytes of a listpack of a stream, from which on the next entry gets a new one; 0 for no limit. */
  streamNodeMaxBytes = 4096;
  /** Entries of such a listpack, deleted ones included; 0 for no limit. */
  streamNodeMaxEntries = 100;
}
