/**
 * Bull Board's entry page without what the board's content security policy forbids: the web font of
 * another site, and the inline styles of the moment before its script has run.
 */
import type { RequestHandler } from 'express';

const FORBIDDEN = [
  /<link\b[^>]*\bhref="https?:\/\/[^>]*>\s*/g,
  /<style>[\s\S]*?<\/style>\s*/g,
  /\sstyle="[^"]*"/g,
] as const;

/** Removes links to other sites and inline styles from a page. */
export function selfContained(html: string): string {
  return FORBIDDEN.reduce((page, part) => page.replace(part, ''), html);
}

/** Makes `res.render` of the routes after it send self-contained pages. */
export function selfContainedPages(): RequestHandler {
  return (_req, res, next) => {
    const render = res.render.bind(res);
    res.render = ((view: string, values: object) => {
      render(view, values, (error: Error | null, html: string) => {
        if (error) next(error);
        else res.type('html').send(selfContained(html));
      });
    }) as typeof res.render;
    next();
  };
}
