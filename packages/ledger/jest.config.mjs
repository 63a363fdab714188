import base from '../../jest.base.mjs';

/**
 * Where Jest runs the tests as CommonJS (Node without --experimental-vm-modules), what Prisma ships as ESM alone needs
 * the transform too: the bindings of its schema engine, and those of its query compiler.
 */
export default {
  ...base,
  transform: {
    ...base.transform,
    '/(@prisma/client/runtime|schema-engine-wasm)/.+\\.m?js$': base.transform['^.+\\.ts$'],
  },
  transformIgnorePatterns: ['/node_modules/(?!.*(@prisma/client/runtime|schema-engine-wasm)/)'],
};
