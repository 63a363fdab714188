/**
 * One line per step, with its time. On a terminal the running step is redrawn in place with what it is busy with;
 * in a pipe a step that takes long says so every ten seconds. Plain JavaScript: the bootstrap needs it first.
 */

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const NAME_WIDTH = 16;

/**
 * @param {{ out?: NodeJS.WriteStream, live?: boolean, colour?: boolean }} [options]
 * @returns {import('./steps.d.mts').Steps}
 */
export function createSteps(options = {}) {
  const out = options.out ?? process.stdout;
  const live = options.live ?? (out.isTTY === true && process.env.TERM !== 'dumb');
  const colour = options.colour ?? (live && !process.env.NO_COLOR);
  const paint = (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);

  const step = (name, hint = '') => {
    const startedMs = Date.now();
    let note = hint;
    let saidNote = hint;
    let frame = 0;
    const seconds = () => `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
    const head = (mark) => `  ${mark} ${name.padEnd(NAME_WIDTH)}`;
    const draw = () => {
      const width = Math.max(20, (out.columns ?? 80) - NAME_WIDTH - 14);
      const busy = note.length > width ? `${note.slice(0, width - 1)}…` : note;
      out.write(
        `\r\x1b[2K${head(paint(36, FRAMES[frame++ % FRAMES.length]))} ${paint(2, busy)}  ${paint(2, seconds())}`,
      );
    };
    const timer = live
      ? setInterval(draw, 100)
      : setInterval(() => {
          out.write(`${head('…')} ${note === saidNote ? 'still at it' : note}  ${seconds()}\n`);
          saidNote = note;
        }, 10_000);
    timer.unref();
    if (live) draw();
    else if (hint !== '') out.write(`${head('…')} ${hint}\n`);
    const finish = (mark, text) => {
      clearInterval(timer);
      const took = Date.now() - startedMs >= 50 ? `  ${paint(2, seconds())}` : '';
      out.write(`${live ? '\r\x1b[2K' : ''}${head(mark)} ${text}${took}\n`);
    };
    return {
      note: (text) => {
        note = text;
      },
      done: (text = '') => finish(paint(32, '✓'), text),
      failed: (text = '') => finish(paint(31, '✗'), text),
      cancelled: () => finish(paint(33, '–'), 'stopped'),
    };
  };
  return { step, paint, live };
}
