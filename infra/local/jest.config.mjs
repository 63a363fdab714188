import base from '../../jest.base.mjs';

const typescript = base.transform['^.+\\.ts$'];

/** The bootstrap's own modules are JavaScript (they run before anything is installed), and are tested like the rest. */
export default { ...base, transform: { ...base.transform, '/infra/local/setup/[^/]+\\.mjs$': typescript } };
