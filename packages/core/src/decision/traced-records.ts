/**
 * Records out of exported traces. Backends write spans each in their own way, and in all of them an attribute is a name
 * beside a value:
 *
 *     Jaeger      {"key": "fairlead.decision.record", "type": "string", "value": "{…}"}
 *     OTLP JSON   {"key": "fairlead.decision.record", "value": {"stringValue": "{…}"}}
 *     Honeycomb   {"fairlead.decision.record": "{…}"}
 *
 * So any JSON is looked through for these three.
 */

/** The attribute of a decision's span that carries its canonical record. */
export const RECORD_ATTRIBUTE = 'fairlead.decision.record';

/** Deeper than any of these formats goes. */
const MAX_DEPTH = 32;

/** The texts of all records in an export, in the order in which they come. */
export function recordTextsIn(exported: unknown, depth = 0): string[] {
  if (typeof exported !== 'object' || exported === null || depth > MAX_DEPTH) return [];
  const own = Array.isArray(exported) ? undefined : textOf(exported as Attribute);
  if (own !== undefined) return [own];
  return Object.values(exported).flatMap((value) => recordTextsIn(value, depth + 1));
}

interface Attribute {
  readonly key?: unknown;
  readonly value?: unknown;
  readonly [RECORD_ATTRIBUTE]?: unknown;
}

function textOf(attribute: Attribute): string | undefined {
  const named = attribute[RECORD_ATTRIBUTE];
  if (typeof named === 'string') return named;
  if (attribute.key !== RECORD_ATTRIBUTE) return undefined;
  const { value } = attribute;
  if (typeof value === 'string') return value;
  const inside = (value as { stringValue?: unknown } | null | undefined)?.stringValue;
  return typeof inside === 'string' ? inside : undefined;
}
