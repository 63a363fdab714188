export { createLedger, type Ledger, type LedgerOptions } from './ledger.ts';
export { applyMigrations } from './migrate.ts';
export type {
  Settings,
  SettingsChange,
  UpdateOutcome,
  WorkspaceRecord,
  Workspaces,
} from './workspaces.ts';
