import { Option } from '@commander-js/extra-typings';
import { wholeNumber } from './number.ts';

/** The options of every list that has pages. */
export const limitOption = () =>
  new Option('--limit <count>', 'how many at most, or how many a page with --all').argParser(
    wholeNumber(1, 500),
  );
export const cursorOption = () => new Option('--cursor <cursor>', 'go on where an earlier list ended');
export const allOption = () => new Option('--all', 'all pages').conflicts('cursor');
