import base from '../../jest.base.mjs';

// Jest adds `import` or `require` by itself, as each module asks; naming one here breaks packages that have both.
export default { ...base, testEnvironmentOptions: { customExportConditions: ['development', 'node'] } };
