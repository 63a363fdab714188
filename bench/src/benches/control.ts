/**
 * A tick of the controller over 50,000 workspaces: keep the lease, read what is remembered and what the ledger has to say,
 * decide everything by the real engine, save what was counted and write it all. No peer: nobody else does this. Every
 * round begins with a change of leader, which reads all states and counts; the ticks are what happens every 15 seconds. What was written is compared with what a
 * leader has in memory, and chains are taken again.
 */
import { createLedger, type Fence, type Ledger } from '@fairlead/ledger';
import type { Bench } from '../bench.ts';
import {
  countJobs,
  decideTick,
  type Leader,
  leaderFrom,
  TICKS_PER_WINDOW,
  verifySame,
} from '../control-cluster.ts';
import { type Figure, median } from '../figure.ts';
import { countStatements, type StatementCount } from '../statements.ts';
import { POSTGRES_CONFIG, startStores, verifyCount } from '../stores.ts';

const WORKSPACES = 50_000;
const ROUNDS = 3;
const TICKS = 40;
const QUICK_TICKS = 5;
const LEASE_MS = 600_000;
const CHAINS_TO_VERIFY = 20;

/** What one tick took. */
export interface Ticked {
  readonly readMs: number;
  readonly decideMs: number;
  /** To save the counts and to write the decisions, side by side. */
  readonly writeMs: number;
  /** Of this process, which is what is left of a tick when nobody else needs the cores; Postgres' is not in it. */
  readonly cpuMs: number;
  readonly statements: number;
  readonly records: number;
}

/** One leader's time. */
export interface Reign {
  /** To read all states and all counts, which a leader does before its first tick. */
  readonly takeOverMs: number;
  readonly ticks: readonly Ticked[];
}

export const control: Bench = {
  name: 'control',
  about: 'one tick of the controller over 50,000 workspaces: read, decide, save counts, write',
  async run({ quick, say }) {
    const rounds = quick ? 1 : ROUNDS;
    const ticks = quick ? QUICK_TICKS : TICKS;
    const workspaces = Array.from({ length: WORKSPACES }, (_, i) => `workspace-${i}`);
    const stores = await startStores();
    const url = await stores.ledgerDatabase();
    const statements = countStatements();
    const ledger = createLedger({ databaseUrl: url });
    try {
      await ledger.workspaces.ensure(workspaces);
      const history = await reign(ledger, statements, workspaces, 'filling', 0, TICKS_PER_WINDOW * 2);
      say(`two windows of history: ${total(history).toLocaleString('en')} decisions`);
      const reigns: Reign[] = [];
      for (let round = 1; round <= rounds; round++) {
        const from = TICKS_PER_WINDOW * 2 + (round - 1) * ticks;
        const done = await reign(ledger, statements, workspaces, `leader-${round}`, from, ticks);
        reigns.push(done);
        say(`round ${round}/${rounds}  ${describe(done)}`);
      }
      await verifyCount(
        url,
        'SELECT count(*) FROM "Decision"',
        [history, ...reigns].reduce((sum, one) => sum + total(one), 0),
      );
      await verifyChains(ledger, workspaces);
      return {
        settings: {
          workspaces: WORKSPACES,
          rounds,
          ticksPerRound: ticks,
          postgres: JSON.stringify(POSTGRES_CONFIG),
        },
        figures: controlFigures(reigns),
      };
    } finally {
      statements.stop();
      await ledger.close();
      await stores.stop();
    }
  },
};

async function reign(
  ledger: Ledger,
  statements: StatementCount,
  workspaces: readonly string[],
  holder: string,
  from: number,
  ticks: number,
): Promise<Reign> {
  const takenOver = performance.now();
  const first = await lead(ledger, holder);
  const leader = await takeOver(ledger, workspaces);
  const takeOverMs = performance.now() - takenOver;
  const all: Ticked[] = [];
  let mark: string | undefined;
  for (let tick = from; tick < from + ticks; tick++) {
    // Reports are counted as they come, between the ticks.
    countJobs(leader, tick);
    statements.taken();
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    const [fence, reading, signals] = await Promise.all([
      lead(ledger, holder),
      ledger.controlStates.read(leader.tick),
      ledger.signals(mark),
    ]);
    if (reading.memories !== undefined) throw new Error('somebody else wrote a tick');
    mark = signals.mark;
    const readMs = performance.now();
    const written = decideTick(leader, fence, tick);
    const decidedMs = performance.now();
    const [saved, answer] = await Promise.all([
      ledger.windowCounts.save(leader.counts, fence),
      ledger.decisions.write(written),
    ]);
    if (saved !== 'saved') throw new Error(`counts were not saved: ${saved}`);
    if (answer.outcome !== 'written') throw new Error(`a tick was not written: ${answer.outcome}`);
    leader.tick = answer.tick;
    all.push({
      readMs: readMs - startedMs,
      decideMs: decidedMs - readMs,
      writeMs: performance.now() - decidedMs,
      cpuMs: cpuMsSince(cpu),
      statements: statements.taken(),
      records: written.records.length,
    });
  }
  verifySame(leader, await takeOver(ledger, workspaces));
  await ledger.leases.release(first);
  return { takeOverMs, ticks: all };
}

async function lead(ledger: Ledger, holder: string): Promise<Fence> {
  const lease = await ledger.leases.acquire('controller', holder, LEASE_MS);
  if (lease.outcome !== 'held') throw new Error(`${holder} does not lead`);
  return lease.fence;
}

async function takeOver(ledger: Ledger, workspaces: readonly string[]): Promise<Leader> {
  return leaderFrom(await ledger.controlStates.read(), workspaces, await ledger.windowCounts.read());
}

async function verifyChains(ledger: Ledger, workspaces: readonly string[]): Promise<void> {
  for (let i = 0; i < CHAINS_TO_VERIFY; i++) {
    const id = workspaces[Math.floor((i * workspaces.length) / CHAINS_TO_VERIFY)] as string;
    const { recomputed, differences } = await ledger.decisions.verify('promotion', { type: 'workspace', id });
    if (recomputed === 0 || differences.length > 0)
      throw new Error(`the chain of ${id} is broken: ${differences[0]?.words}`);
  }
}

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

const wholeMs = ({ readMs, decideMs, writeMs }: Ticked) => readMs + decideMs + writeMs;
const total = ({ ticks }: Reign) => ticks.reduce((sum, { records }) => sum + records, 0);

function describe({ takeOverMs, ticks }: Reign): string {
  const of = (value: (tick: Ticked) => number) => median(ticks.map(value)).toFixed(1);
  return (
    `${of(wholeMs)} ms a tick (read ${of((t) => t.readMs)}, decide ${of((t) => t.decideMs)}, ` +
    `write ${of((t) => t.writeMs)}; CPU ${of((t) => t.cpuMs)}; ` +
    `${of((t) => t.records)} records), after ${takeOverMs.toFixed(0)} ms to take over`
  );
}

/** Medians over the rounds of each round's median tick. */
export function controlFigures(reigns: readonly Reign[]): Figure[] {
  const usual = (of: (tick: Ticked) => number) => median(reigns.map(({ ticks }) => median(ticks.map(of))));
  const every = reigns.flatMap(({ ticks }) => ticks);
  return [
    { name: 'tick_ms_50000', value: usual(wholeMs), unit: 'ms', goal: { op: '<=', value: 100 } },
    {
      name: 'statements_per_tick',
      value: Math.max(...every.map(({ statements }) => statements)),
      unit: '',
      goal: { op: '<=', value: 5 },
    },
    { name: 'tick_read_ms', value: usual(({ readMs }) => readMs), unit: 'ms' },
    { name: 'tick_decide_ms', value: usual(({ decideMs }) => decideMs), unit: 'ms' },
    { name: 'tick_write_ms', value: usual(({ writeMs }) => writeMs), unit: 'ms' },
    { name: 'tick_cpu_ms', value: usual(({ cpuMs }) => cpuMs), unit: 'ms' },
    { name: 'records_per_tick', value: usual(({ records }) => records), unit: 'records' },
    { name: 'take_over_ms', value: median(reigns.map(({ takeOverMs }) => takeOverMs)), unit: 'ms' },
  ];
}
