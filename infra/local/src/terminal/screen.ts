/** Where lines go: process.stdout, or a recorder in tests. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/**
 * Lines that stay, and below them a block that is redrawn in place. In a pipe there is no block: lines only.
 */
export interface Screen {
  readonly live: boolean;
  readonly columns: number;
  /** A line that stays. Above the block, when there is one. */
  print(line: string): void;
  /**
   * Replaces the block. What does not fit on the terminal is cut, at the right and at the end, for lines that wrapped
   * or scrolled away could not be redrawn.
   */
  draw(block: readonly string[]): void;
  /** Lets the block stay as it is, or takes it away. */
  finish(how: 'keep' | 'clear'): void;
}

/** A screen on `out`; `live` only on a terminal that can move its cursor. */
export function createScreen(out: Output, live: boolean): Screen {
  let drawn: readonly string[] = [];
  const up = () => (drawn.length > 0 ? `\x1b[${drawn.length}A\r\x1b[0J` : '\r\x1b[2K');
  const columns = () => out.columns ?? 100;
  const text = (lines: readonly string[]) => lines.map((line) => `${cut(line, columns())}\n`).join('');
  return {
    live,
    get columns() {
      return columns();
    },
    print: (line) => {
      // '\r' and clearing also take away a step's spinner, which redraws itself.
      out.write(live ? `${up()}${line}\n${text(drawn)}` : `${line}\n`);
    },
    draw: (block) => {
      if (!live) return;
      const wipe = up();
      drawn = block.slice(0, Math.max(1, (out.rows ?? 50) - 1));
      out.write(wipe + text(drawn));
    },
    finish: (how) => {
      if (live && how === 'clear' && drawn.length > 0) out.write(up());
      drawn = [];
    },
  };
}

/** The first `width` visible characters of a line that may hold ANSI colours. */
export function cut(line: string, width: number): string {
  let visible = 0;
  let at = 0;
  while (at < line.length) {
    if (line[at] === '\x1b') {
      const end = line.indexOf('m', at);
      if (end === -1) break;
      at = end + 1;
      continue;
    }
    if (visible === width) return `${line.slice(0, at)}\x1b[0m`;
    visible++;
    at++;
  }
  return line;
}
