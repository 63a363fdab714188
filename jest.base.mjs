const swc = [
  '@swc/jest',
  {
    jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
    module: { type: 'es6', resolveFully: false },
  },
];

/**
 * What every package's tests share: TypeScript straight from the sources (the `development` export condition), compiled
 * by swc without type checks, which `typecheck` does. Jest adds `import` or `require` to the conditions by itself, as
 * each module asks; naming one here breaks packages that have both.
 *
 * Where Jest runs the tests as CommonJS (Node without --experimental-vm-modules), what Prisma ships as ESM alone needs
 * the transform too: the bindings of its schema engine, and those of its query compiler. So does the exporter of
 * OpenTelemetry, which is CommonJS and imports dynamically.
 *
 * @type {import('jest').Config}
 */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['development', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/src/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': swc,
    '/(@prisma/client/runtime|schema-engine-wasm)/.+\\.m?js$': swc,
    '/otlp-exporter-base/dist/.+\\.cjs$': swc,
  },
  transformIgnorePatterns: [
    '/node_modules/(?!.*(@prisma/client/runtime|schema-engine-wasm|otlp-exporter-base/dist)/)',
  ],
  // On a busy machine a server or a process takes many seconds to start: what a test waits for has deadlines of its own.
  testTimeout: 120_000,
  // Jest would leave a core free; these tests wait for servers more than they compute.
  maxWorkers: '100%',
};
