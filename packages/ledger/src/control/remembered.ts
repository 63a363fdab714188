import type { Kind, LastRecord, StateOf, Subject } from '@fairlead/core';

/** A subject between ticks: its state, and what must be known of its last record to write the next. */
export interface Remembered<K extends Kind> {
  readonly state: StateOf<K>;
  readonly last: LastRecord<K>;
}

/** What of `LastRecord` many subjects have in common; it is stored as one text. */
export type Said = Pick<
  LastRecord<Kind>,
  'action' | 'guardrail' | 'limiting' | 'operatorOverride' | 'policyHash' | 'reasonCode' | 'synthetic'
>;

/** Everything that is remembered, by kind and subject. A subject that is not here starts from the initial state. */
export interface Memories {
  of<K extends Kind>(kind: K, subjectType: Subject['type']): ReadonlyMap<string, Remembered<K>>;
}
