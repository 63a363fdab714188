/** What the readers of batches give: one job's text after the other, none of them larger than the limit. */
export type BatchText =
  | { readonly outcome: 'text'; readonly bytes: Buffer }
  /** It was larger than allowed, and its text was not kept. */
  | { readonly outcome: 'too_large' };

/** Gathers the pieces of one text while it is within the limit, and only counts them after that. */
export function createGatherer(limitBytes: number): {
  add(piece: Buffer): void;
  /** What was gathered, and begins anew. */
  take(): BatchText;
} {
  let pieces: Buffer[] = [];
  let bytes = 0;
  return {
    add(piece) {
      bytes += piece.length;
      if (bytes <= limitBytes) pieces.push(piece);
      else pieces = [];
    },
    take() {
      const text: BatchText =
        bytes > limitBytes
          ? { outcome: 'too_large' }
          : { outcome: 'text', bytes: pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces) };
      pieces = [];
      bytes = 0;
      return text;
    },
  };
}
