/** What `npm run bench -- NAME --json FILE` has written. */
import { z } from 'zod';

const schema = z.object({
  name: z.string(),
  /** Of its end; not in documents of before it was noted. */
  finishedAt: z.string().optional(),
  machine: z.object({ cpu: z.string(), cores: z.number(), memoryGiB: z.number() }),
  versions: z.record(z.string(), z.string()),
  settings: z.record(z.string(), z.unknown()),
  figures: z.array(z.object({ name: z.string(), value: z.number().nullable(), unit: z.string() })),
});

export type BenchDocument = z.output<typeof schema>;

/** @throws Error that names the file and what is wrong */
export function parseBenchDocument(text: string, file: string): BenchDocument {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${file} is no JSON`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${file} is no result of a bench: ${issue?.path.join('.')}: ${issue?.message}`);
}

/** The figures called `<prefix><number>`, ascending: the points of a line. One that is not a number is left out. */
export function pointsOf({ figures }: BenchDocument, prefix: string): { x: number; y: number }[] {
  return figures
    .flatMap(({ name, value }) => {
      const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
      return /^\d+$/.test(rest) && value !== null ? [{ x: Number(rest), y: value }] : [];
    })
    .sort((a, b) => a.x - b.x);
}

/** One figure; undefined when it is not there. */
export function figureOf({ figures }: BenchDocument, name: string): number | undefined {
  return figures.find((figure) => figure.name === name)?.value ?? undefined;
}
