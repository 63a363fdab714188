import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * The name under which this process holds leases, new at each start. It tells an operator where the process is, and is
 * made by chance too: containers on one host network have its name, and all are process 1.
 */
export function holderName(): string {
  return `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
}
