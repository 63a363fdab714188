import base from '../../jest.base.mjs';

/**
 * On a busy machine a server, a process or a browser may take many seconds: what a test waits for has deadlines of its own.
 * @type {import('jest').Config}
 */
export default { ...base, testTimeout: 120_000 };
