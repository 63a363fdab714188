import { expect, test } from '@jest/globals';
import { parseTrace } from './trace.ts';

const head = 'app,func,end_timestamp,duration';

test('the start is the end less the duration, and rows come in order of start', () => {
  const csv = `${head}\nb,f,10,2.5\na,g,3,0\n`;
  expect(parseTrace(csv)).toEqual([
    { app: 'a', startSeconds: 3, durationSeconds: 0 },
    { app: 'b', startSeconds: 7.5, durationSeconds: 2.5 },
  ]);
});

test('an invocation that began before the trace starts with it', () => {
  expect(parseTrace(`${head}\na,f,1,1.001`)[0]?.startSeconds).toBe(0);
});

test('a wrong file is refused with the place', () => {
  expect(() => parseTrace('id,name\n1,x')).toThrow('should begin with "app,func,end_timestamp,duration"');
  expect(() => parseTrace(`${head}\na,f,1,1\na,f,soon,1`)).toThrow('Line 3');
  expect(() => parseTrace(`${head}\na,f,1,-1`)).toThrow('Line 2');
});
