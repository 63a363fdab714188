/** The charts, each of the figures of one bench. */
import { type BenchDocument, figureOf, pointsOf } from './bench-document.ts';
import { type LineChart, lineChart, type Series } from './line-chart.ts';

export interface Chart {
  /** Its file is `bench-<name>.svg`. */
  readonly name: string;
  /** What it shows, for those who do not see it. */
  readonly alt: string;
  readonly svg: string;
  readonly of: BenchDocument;
}

interface Recipe {
  readonly name: string;
  readonly bench: string;
  readonly alt: string;
  readonly chart: (document: BenchDocument) => Omit<LineChart, 'caption'>;
}

const RECIPES: readonly Recipe[] = [
  {
    name: 'throughput',
    bench: 'throughput',
    alt: 'Jobs a second from 1 to 10,000 workspaces: Fairlead, stock BullMQ with one queue, with a worker per queue, GroupMQ',
    chart: (document) => {
      const fairlead = pointsOf(document, 'fairlead_jobs_per_second_at_');
      return {
        title: 'No-op jobs a second, one process, by number of workspaces',
        x: { label: 'workspaces with a backlog' },
        y: { label: 'jobs a second', scale: 'linear' },
        series: [
          { name: 'Fairlead, one replica', points: fairlead },
          // It does not know workspaces: what it does is the same whatever their number is.
          {
            name: 'BullMQ, one queue (unfair)',
            points: flat(figureOf(document, 'stock_single_jobs_per_second'), fairlead),
          },
          {
            name: 'BullMQ, a worker a queue',
            points: pointsOf(document, 'worker_per_queue_jobs_per_second_at_'),
          },
          { name: 'GroupMQ', points: pointsOf(document, 'groupmq_jobs_per_second_at_') },
        ],
      };
    },
  },
  {
    name: 'hog',
    bench: 'hog',
    alt: 'How long jobs of light tenants wait while one tenant has none to 100,000 jobs waiting',
    chart: (document) => ({
      title: 'Wait of the light tenants beside one hog (p95)',
      x: { label: 'jobs of the hog that wait already', zero: 'no hog' },
      y: { label: 'ms, each step tenfold', scale: 'log' },
      series: (
        [
          ['Fairlead', 'redis'],
          ['BullMQ, one queue', 'stock_fifo'],
          ['BullMQ, a worker a queue', 'stock_workers'],
          ['GroupMQ', 'groupmq'],
        ] as const
      ).map(([name, system]) => ({
        name,
        points: pointsOf(document, `skew_light_wait_p95_ms_${system}_at_`),
      })),
    }),
  },
  {
    name: 'tenants',
    bench: 'tenants',
    alt: 'Processor time of a job in Redis and in Node with 10 to 100,000 workspaces',
    chart: (document) => ({
      title: 'What a job costs, by number of workspaces',
      x: { label: 'workspaces, all with a backlog' },
      y: { label: 'µs of processor time a job', scale: 'linear' },
      series: [
        { name: 'Redis', points: pointsOf(document, 'redis_us_per_job_at_') },
        { name: 'Node (the replica)', points: pointsOf(document, 'node_us_per_job_at_') },
      ],
    }),
  },
];

/** The charts that can be made of these documents. Of two of one bench the later in the list is taken. */
export function chartsOf(documents: readonly BenchDocument[]): Chart[] {
  return RECIPES.flatMap(({ name, bench, alt, chart }) => {
    const document = documents.findLast((one) => one.name === bench);
    if (document === undefined) return [];
    const made = chart(document);
    if (made.series.every(({ points }) => points.length === 0)) return [];
    return [{ name, alt, svg: lineChart({ ...made, caption: captionOf(document) }), of: document }];
  });
}

function flat(value: number | undefined, along: Series['points']): Series['points'] {
  return value === undefined ? [] : along.map(({ x }) => ({ x, y: value }));
}

const NAMES: Readonly<Record<string, string>> = {
  ...{ node: 'Node', redis: 'Redis', bullmq: 'BullMQ', groupmq: 'GroupMQ' },
};

/** What it was measured on, with what, and when; in lines. */
export function captionOf({ machine, versions, settings, finishedAt }: BenchDocument): string[] {
  const { cpu, cores, memoryGiB } = machine;
  const parts = Object.entries(NAMES).flatMap(([key, name]) =>
    versions[key] ? [`${name} ${versions[key]}`] : [],
  );
  const rounds = Number(settings['rounds']);
  const how = [
    ...(rounds > 1 ? [`medians of ${rounds} rounds`] : []),
    ...(finishedAt === undefined ? [] : [finishedAt.slice(0, 10)]),
    ...(settings['quick'] === true ? ['a quick run, to see that it works: not to quote'] : []),
  ];
  return [`${cores} cores of ${cpu}, ${memoryGiB} GiB`, [...parts, ...how].join(', ')];
}
