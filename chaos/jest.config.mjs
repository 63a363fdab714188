import base from '../jest.base.mjs';

/** Most of a fault test is waiting for locks and leases to end: two at a time fit on a small machine. */
export default { ...base, maxWorkers: 2, testTimeout: 300_000 };
