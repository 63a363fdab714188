/** What the application of the guide does, whatever its queues are made of: each step implements this. */
export interface Mail {
  readonly to: string;
  readonly text: string;
}

export interface MailApp {
  /** Sends a mail of a tenant, now or later. */
  send(tenant: string, mail: Mail, options?: SendOptions): Promise<void>;
  /** Begins to deliver what there is and what comes. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface SendOptions {
  /** The same id is the same mail. */
  readonly id?: string;
  readonly delayMs?: number;
  /** 1 goes before 10. */
  readonly priority?: number;
}

export interface AppOptions {
  readonly redisUrl: string;
  readonly tenants: readonly string[];
  /** Hands a mail to the provider; it may throw, and is tried again then. */
  readonly deliver: (tenant: string, mail: Mail) => void;
  /** Is told of each mail that was delivered. */
  readonly onSent: (tenant: string, id: string) => void;
}
