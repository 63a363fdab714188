/**
 * Who may decide: the model of the lease row and of the write that carries an epoch.
 *
 * There is one lease, with an epoch that rises with every change of holder. A leader that was frozen wakes up believing
 * that it still leads, and no clock of its own can tell it otherwise; so every write names the epoch it was decided
 * under and the sequence number it expects, and is refused when either has moved on. At most one write is therefore
 * accepted for each subject and sequence number, and none of an epoch after the next one has begun.
 */
export interface DecidingLease {
  readonly holder: string;
  readonly epoch: number;
  readonly expiresAtMs: number;
}

/** Takes, renews or leaves the lease: only who asks after it ran out becomes the new holder, with a new epoch. */
export function takeLease(
  lease: DecidingLease | null,
  who: string,
  now: number,
  ttlMs: number,
): { readonly held: boolean; readonly lease: DecidingLease } {
  const expiresAtMs = now + ttlMs;
  if (lease === null) return { held: true, lease: { holder: who, epoch: 1, expiresAtMs } };
  if (now < lease.expiresAtMs) {
    return lease.holder === who ? { held: true, lease: { ...lease, expiresAtMs } } : { held: false, lease };
  }
  return { held: true, lease: { holder: who, epoch: lease.epoch + 1, expiresAtMs } };
}

/** Whether a write may be stored: it is of the epoch that the lease has, and follows what its subject has. */
export function isWriteAccepted(
  leaseEpoch: number,
  storedSeq: number,
  write: { readonly epoch: number; readonly seq: number },
): boolean {
  return write.epoch === leaseEpoch && write.seq === storedSeq + 1;
}
