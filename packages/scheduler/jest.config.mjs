import base from '../../jest.base.mjs';

/**
 * Half of these tests wait (for locks to run out, for sweeps) while the other half computes: two at a time.
 * @type {import('jest').Config}
 */
export default { ...base, maxWorkers: 2 };
