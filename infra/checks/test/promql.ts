import type { SyntaxNodeRef } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface ParsedQuery {
  /** Where it is no PromQL. */
  readonly errors: readonly string[];
  readonly metrics: readonly string[];
  /** Labels that it matches or groups by, with the values that it matches. */
  readonly labels: readonly { readonly name: string; readonly value: string | undefined }[];
}

/** Reads a query with Prometheus' own grammar. Grafana's variables count as durations and values. */
export function parseQuery(text: string): ParsedQuery {
  const query = text.replaceAll(/\$__(rate_)?interval/g, '5m').replaceAll('$job_type', '.*');
  const errors: string[] = [];
  const metrics: string[] = [];
  const labels: { name: string; value: string | undefined }[] = [];
  const textOf = ({ from, to }: { from: number; to: number }) => query.slice(from, to);
  parser.parse(query).iterate({
    enter(node: SyntaxNodeRef) {
      if (node.type.isError) errors.push(`${query.slice(0, node.from)}⚠${query.slice(node.from)}`);
      if (node.name === 'VectorSelector') {
        const name = node.node.getChild('Identifier');
        if (name !== null) metrics.push(textOf(name));
      }
      if (node.name === 'LabelName') {
        const value = node.node.parent?.getChild('StringLiteral');
        const isMatcher = node.node.parent?.name !== 'GroupingLabels';
        labels.push({
          name: textOf(node),
          value: isMatcher && value ? (JSON.parse(textOf(value)) as string) : undefined,
        });
      }
    },
  });
  return { errors, metrics, labels };
}
