/** The controller's HTTP API, as far as the local stack needs it. */

/** Of `GET /v1/capacity`. */
export interface CapacityNow {
  /** Null: nothing was decided yet. */
  readonly capacity: number | null;
  readonly replicas: {
    readonly wanted: number | null;
    /** Null: Redis does not answer, and nobody knows. */
    readonly live: readonly { readonly id: string; readonly running: number }[] | null;
  };
}

/** Of `GET /v1/decisions`. */
export interface DecisionNow {
  /** Rises with each decision. */
  readonly position: number;
  readonly kind: string;
  readonly subject: { readonly type: string; readonly id: string };
  readonly reasonCode: string;
  readonly words: string;
}

export interface ControllerClient {
  readonly capacity: (signal: AbortSignal) => Promise<CapacityNow>;
  /** What raised or lowered something after a position, the oldest first. */
  readonly changesAfter: (position: number, signal: AbortSignal) => Promise<readonly DecisionNow[]>;
}

const DEADLINE_MS = 5_000;
const PAGE = 200;

/** Its calls reject when the controller does not answer, or not with 200. */
export function createControllerClient(options: {
  /** Known once the controller has started. */
  readonly url: () => string;
  readonly apiKey: string;
}): ControllerClient {
  const get = async <T>(path: string, signal: AbortSignal): Promise<T> => {
    const response = await fetch(`${options.url()}${path}`, {
      headers: { authorization: `Bearer ${options.apiKey}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
    });
    if (!response.ok) throw new Error(`GET ${path} is answered ${response.status}`);
    return (await response.json()) as T;
  };
  return {
    capacity: (signal) => get<CapacityNow>('/v1/capacity', signal),
    changesAfter: async (position, signal) => {
      const path = `/v1/decisions?changes=true&after=${position}&limit=${PAGE}`;
      return (await get<{ decisions: DecisionNow[] }>(path, signal)).decisions;
    },
  };
}
