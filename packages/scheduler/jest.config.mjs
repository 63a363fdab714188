import base from '../../jest.base.mjs';

/**
 * On a busy machine a server or a process may take many seconds to start: what a test waits for has deadlines of its own.
 * @type {import('jest').Config}
 */
export default { ...base, testTimeout: 120_000 };
