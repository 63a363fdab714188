import { expect, test } from '@jest/globals';
import { parseTrace } from './parse-trace.ts';

const azure = 'app,func,end_timestamp,duration';

test('of the Azure form a start is the end less the duration; jobs come in order of start, from 0 on', () => {
  expect(parseTrace(`${azure}\nb,f,10,2.5\na,g,3,0\n`)).toEqual([
    { tenant: 'a', atMs: 0, runMs: 0 },
    { tenant: 'b', atMs: 4_500, runMs: 2_500 },
  ]);
});

test('any other table is read by the names of its columns', () => {
  expect(parseTrace('tenant,time,duration\na,5,1\nb,7,2')).toEqual([
    { tenant: 'a', atMs: 0, runMs: 1_000 },
    { tenant: 'b', atMs: 2_000, runMs: 2_000 },
  ]);
  const columns = { tenant: 'customer', start: 'began_ms', duration: 'took_ms', unit: 'ms' } as const;
  expect(parseTrace('id,customer,took_ms,began_ms\r\n1,acme,30,1000\r\n', columns)).toEqual([
    { tenant: 'acme', atMs: 0, runMs: 30 },
  ]);
});

test('a cell may be quoted, and a time may be a date', () => {
  const csv =
    '\ufefftenant,time,duration\n"Acme, ""the"" firm",2026-01-31T08:00:01.5Z,1\nb,2026-01-31 08:00:00Z,0\n\n';
  expect(parseTrace(csv)).toEqual([
    { tenant: 'b', atMs: 0, runMs: 0 },
    { tenant: 'Acme, "the" firm', atMs: 1_500, runMs: 1_000 },
  ]);
});

test('a wrong file is refused with the place and the names that it has', () => {
  expect(() => parseTrace('id,name\n1,x')).toThrow('its head is "id,name"');
  const columns = { tenant: 'name', start: 'at', duration: 'took', unit: 's' } as const;
  expect(() => parseTrace('id,name\n1,x', columns)).toThrow('it has no column at, took');
  expect(() => parseTrace(`${azure}\na,f,1,1\na,f,soon,1`)).toThrow('line 3');
  expect(() => parseTrace(`${azure}\na,f,1,-1`)).toThrow('line 2');
  expect(() => parseTrace(`${azure}\na,f,,1`)).toThrow('line 2');
});
