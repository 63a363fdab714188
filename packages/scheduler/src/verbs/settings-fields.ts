/** A workspace's settings as configure.lua stores them and counts.lua and loads.lua answer them: '' for the default. */
import { type Bucket, DEFAULT_WORKSPACE_CONFIG, type WorkspaceConfig } from '@fairlead/core';

export type SettingFields = [
  weight: string,
  concurrency: string,
  rate: string,
  burst: string,
  paused: string,
  tokens: string,
  tokensAt: string,
  quota: string,
  runtime: string,
];

/** In the order that configure.lua takes: '' for what is the default, and a workspace of defaults stores nothing. */
export function configArguments(config: WorkspaceConfig): (string | number)[] {
  const { weight, concurrency, ratePerSecond, burst } = config;
  const isLimited = ratePerSecond !== 0;
  return [
    weight === DEFAULT_WORKSPACE_CONFIG.weight ? '' : weight,
    concurrency === 'quota' ? '' : concurrency,
    isLimited ? ratePerSecond : '',
    isLimited ? (burst === 'quota' ? burst : Math.max(1, burst)) : '',
    config.paused ? '1' : '',
    config.fairness === 'runtime' ? '1' : '',
  ];
}

/** The other way; `quota` is undefined for the base. */
export function configFrom(fields: SettingFields): { config: WorkspaceConfig; quota: number | undefined } {
  const [weight, concurrency, rate, burst, paused, , , quota, runtime] = fields;
  const numberOr = (text: string, otherwise: number) => (text === 'quota' ? text : Number(text || otherwise));
  return {
    config: {
      weight: Number(weight || DEFAULT_WORKSPACE_CONFIG.weight),
      concurrency: concurrency === '' ? 'quota' : Number(concurrency),
      ratePerSecond: numberOr(rate, 0),
      burst: numberOr(burst, 0),
      paused: paused !== '',
      fairness: runtime === '' ? 'starts' : 'runtime',
    },
    quota: quota === '' ? undefined : Number(quota),
  };
}

/** Undefined when it was never used, or is full again. */
export function bucketFrom([, , , , , tokens, tokensAt]: SettingFields): Bucket | undefined {
  return tokens === '' ? undefined : { tokens: Number(tokens), atUs: Number(tokensAt) };
}
