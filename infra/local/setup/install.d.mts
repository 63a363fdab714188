/** `pnpm@1.2.3`, from the root package.json, so that the version stands in one place. */
export function packageManager(root: string): string;

/** The environment for every pnpm that we run. */
export function pnpmEnvironment(): NodeJS.ProcessEnv;
