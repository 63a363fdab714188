import base from '../../jest.base.mjs';

/**
 * These tests mostly wait: for processes to start and to end, for servers that are frozen or away. On a busy machine a
 * start may take many seconds: what a test waits for has deadlines of its own.
 * @type {import('jest').Config}
 */
export default { ...base, maxWorkers: 3, testTimeout: 120_000 };
