import { createHash } from 'node:crypto';
import type { Hash } from '@fairlead/core';

/** What decisions are chained with. */
export const sha256: Hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
