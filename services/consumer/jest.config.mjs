import base from '../../jest.base.mjs';

/**
 * These tests mostly wait: for processes to start and to end, for servers that are frozen or away.
 * @type {import('jest').Config}
 */
export default { ...base, maxWorkers: 3 };
