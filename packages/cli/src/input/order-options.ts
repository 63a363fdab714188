/** What every order over the controller's head takes. */
import { Option } from '@commander-js/extra-typings';
import { parseSeconds } from './duration.ts';

export const reasonOption = () =>
  new Option('--reason <text>', 'why, for who asks tomorrow').makeOptionMandatory();

export const expiresInOption = (otherwise: string) =>
  new Option('--expires-in <duration>', `when it ends by itself, like 2h; default: ${otherwise}`).argParser(
    parseSeconds,
  );

export const mandatoryExpiresInOption = () =>
  new Option('--expires-in <duration>', 'when it ends by itself, like 2h')
    .argParser(parseSeconds)
    .makeOptionMandatory();
