/**
 * The law of imports: services → {consumer, http} → {scheduler, ledger, telemetry} → core.
 * Every rule says what to do instead. `packages/core/test/import-law.test.ts` proves that each one bites.
 *
 * Workspace packages are linked, so an import of `@fairlead/x` resolves to `packages/x/src/index.ts`;
 * packages from the registry resolve to a path under `node_modules/`, or to their bare name when the
 * importing package does not declare them.
 */

/** Source that ships; tests, benchmarks and examples may reach further. */
const PRODUCT = '^(packages|services|infra)/';
const TESTS = '(/test/|/bench/|/examples/|[.]test[.]ts$|^(bench|chaos)/|^packages/testkit/)';

/** A package of the registry, resolved or not. */
const registry = (names) => `(^|(^|/)node_modules/)(${names})(/|$)`;

/** One of ours by its folder, or by its name when it could not be resolved. */
const ours = (names) => `^(packages/(${names})/|@fairlead/(${names})$)`;

const siblings = ['scheduler', 'ledger', 'telemetry'].map((name) => ({
  name: `siblings-do-not-meet-${name}`,
  severity: 'error',
  comment:
    `Packages of one layer do not know each other. Declare the smallest port that ${name} needs where it is ` +
    'used, and let a service hand in the implementation (any package may use @opentelemetry/api).',
  from: { path: `^packages/${name}/`, pathNot: TESTS },
  to: { path: ours('scheduler|ledger|telemetry|consumer|http|client|cli'), pathNot: `^packages/${name}/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'core-imports-nothing',
      severity: 'error',
      comment:
        'core decides, and has no I/O, no clock and no dependencies: pass what it needs in as plain data or as a ' +
        'function, or move this code to the package that owns the I/O.',
      from: { path: '^packages/core/src/', pathNot: '[.]test[.]ts$' },
      to: { pathNot: '^packages/core/src/' },
    },
    ...siblings,
    {
      name: 'consumer-and-http-do-not-meet',
      severity: 'error',
      comment: 'consumer and http are siblings: let the service wire them together.',
      from: { path: '^packages/(consumer|http)/', pathNot: TESTS },
      to: { path: ours('consumer|http'), pathNot: '^packages/$1/' },
    },
    {
      name: 'client-stands-alone',
      severity: 'error',
      comment:
        'The client is installed where no Fairlead is: it has nothing of the server, and knows the API from the ' +
        'OpenAPI document alone. Declare what is missing with the operation, and generate the client anew.',
      from: { path: '^packages/client/' },
      to: { path: '^(packages|services|infra)/|^@fairlead/', pathNot: '^packages/client/' },
    },
    {
      name: 'cli-works-from-outside',
      severity: 'error',
      comment:
        'The command is no part of a running service: it asks the dispatcher through @fairlead/client, and looks at ' +
        'servers through scheduler and ledger. Add the operation to the API, or the look to one of those two.',
      from: { path: '^packages/cli/', pathNot: TESTS },
      to: { path: ours('consumer|http|telemetry') },
    },
    {
      name: 'nobody-imports-cli',
      severity: 'error',
      comment:
        'The command is for people and scripts: move what you need of it into the package that it belongs to.',
      from: { pathNot: '^packages/cli/' },
      to: { path: ours('cli') },
    },
    {
      name: 'packages-do-not-import-services',
      severity: 'error',
      comment: 'The arrow points from services to packages: move what you need down into a package.',
      from: { path: '^packages/' },
      to: { path: '^services/|^@fairlead/(dispatcher|board|controller|consumer-service)$' },
    },
    {
      name: 'services-do-not-import-services',
      severity: 'error',
      comment:
        'A service is a process of its own: talk to the other one over HTTP or Redis, or move the common part ' +
        'into a package.',
      from: { path: '^services/([^/]+)/' },
      to: {
        path: '^services/|^@fairlead/(dispatcher|board|controller|consumer-service)$',
        pathNot: '^services/$1/',
      },
    },
    {
      name: 'packages-are-entered-by-their-door',
      severity: 'error',
      comment:
        'Import the package by its name (@fairlead/x), never a file inside it: what it offers is in its ' +
        'src/index.ts. If something is missing there, export it there.',
      from: { path: '^((packages|services|infra)/[^/]+)/' },
      to: {
        path: '^(packages|services|infra)/[^/]+/|^@fairlead/[^/]+/',
        pathNot: ['^$1/', '^(packages|services|infra)/[^/]+/src/index[.]ts$'],
      },
    },
    {
      name: 'packages-are-named-not-pathed',
      severity: 'error',
      comment:
        'Import the package by its name (@fairlead/x) and declare it in package.json, not by a relative path.',
      from: { path: '^((packages|services|infra)/[^/]+)/' },
      to: { path: '^(packages|services|infra)/', pathNot: '^$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'only-tests-import-testkit',
      severity: 'error',
      comment: 'testkit starts servers and makes up data: product code must not know that it is tested.',
      from: { path: PRODUCT, pathNot: TESTS },
      to: { path: ours('testkit') },
    },
    {
      name: 'only-testkit-imports-infra',
      severity: 'error',
      comment:
        'infra starts the product from outside. A test that needs a private server gets it from @fairlead/testkit; ' +
        'product code must not know how it was started.',
      from: { path: '^(packages|services)/', pathNot: '^packages/testkit/' },
      to: { path: '^infra/|^@fairlead/local$' },
    },
    {
      name: 'bullmq-and-ioredis-only-in-scheduler',
      severity: 'error',
      comment:
        'Only packages/scheduler speaks to Redis: use its Scheduler, Producer or Claimer, or add the verb that is ' +
        'missing there.',
      from: { path: PRODUCT, pathNot: ['^packages/scheduler/', TESTS] },
      to: { path: registry('bullmq|ioredis') },
    },
    {
      name: 'prisma-only-in-ledger',
      severity: 'error',
      comment:
        'Only packages/ledger speaks to Postgres: use its Ledger, or add the noun that is missing there.',
      from: { path: PRODUCT, pathNot: '^packages/ledger/' },
      to: { path: registry('@prisma/[^/]+|prisma') },
    },
    {
      name: 'otel-sdk-only-in-telemetry',
      severity: 'error',
      comment:
        'Only packages/telemetry imports the OpenTelemetry SDK: everybody else uses @opentelemetry/api, or an ' +
        'instrument that telemetry exports.',
      from: { path: PRODUCT, pathNot: '^packages/telemetry/' },
      to: { path: registry('@opentelemetry/(?!api(/|$))[^/]+') },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Two files that need each other are one file, or there is a third that both need.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'declared-or-built-in',
      severity: 'error',
      comment:
        'This import resolves to nothing: fix the path, or add the package to the package.json of the folder that ' +
        'imports it.',
      from: { path: PRODUCT },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.?generated|scratch|fixtures)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['development', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    },
  },
};
