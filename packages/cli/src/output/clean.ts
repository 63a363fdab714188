/**
 * Text that others wrote (labels, errors, payloads) made safe for a terminal and for a line: a control character could
 * move the cursor, set the title or hide what follows, and a line break would forge a row.
 */
export function clean(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
