/**
 * Decisions on their way to the collector: rows after the last that it has accepted, in their order. The row is the
 * truth; a collector that is down gets everything when it is back, and what it gets twice is the very same span.
 */
import type { Ledger } from '@fairlead/ledger';
import type { DecisionExporter } from '@fairlead/telemetry';
import type { Complaints } from '../loop/complaints.ts';

export interface SpanRelayParts {
  readonly ledger: Pick<Ledger, 'spanExport'> & { readonly decisions: Pick<Ledger['decisions'], 'tail'> };
  readonly exporter: DecisionExporter;
  readonly complaints: Complaints;
  /** ms since the epoch, for the lag that is shown. */
  readonly now: () => number;
}

export interface SpanRelay {
  /** There may be new rows. Returns at once; what is under way goes on. */
  kick(): void;
  /** Age of the oldest decision that was not accepted, as far as was read; 0 = none. */
  lagSeconds(): number;
  /** Resolves when what is under way is over. */
  stop(): Promise<void>;
}

const PAGE = 500;

export function createSpanRelay({ ledger, exporter, complaints, now }: SpanRelayParts): SpanRelay {
  let underWay: Promise<unknown> | undefined;
  let isKicked = false;
  let stopped = false;
  let oldestMs: number | undefined;

  async function relay(): Promise<void> {
    let position = await ledger.spanExport.cursor();
    while (!stopped) {
      isKicked = false;
      const rows = await ledger.decisions.tail({ after: position, limit: PAGE });
      const last = rows.at(-1);
      oldestMs = rows.find(({ record }) => record !== undefined)?.record?.evaluatedAt;
      if (last === undefined) {
        if (isKicked) continue;
        return;
      }
      if ((await exporter.export(rows)) === 'refused') throw new Error('the collector did not accept them');
      await ledger.spanExport.advance(last.position);
      position = last.position;
    }
  }

  return {
    kick() {
      isKicked = true;
      if (stopped) return;
      underWay ??= complaints.unlessFailing('spans of decisions are taken', relay()).finally(() => {
        underWay = undefined;
      });
    },
    lagSeconds: () => (oldestMs === undefined ? 0 : Math.max(0, now() - oldestMs) / 1_000),
    async stop() {
      stopped = true;
      await underWay;
    },
  };
}
