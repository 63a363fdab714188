/** The path that the specification of OTLP adds to an endpoint which all signals share. */
export function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
