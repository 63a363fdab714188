import type { Style } from './screen.ts';

const STYLES: Readonly<Record<string, Style>> = {
  succeeded: 'green',
  running: 'green',
  active: 'cyan',
  ready: 'cyan',
  dead: 'red',
  quarantined: 'red',
  parked: 'yellow',
  delayed: 'yellow',
  cancelled: 'dim',
  idle: 'dim',
};

/** The colour of a job's or a workspace's state. */
export function stateStyle(state: string): Style | undefined {
  return STYLES[state];
}
