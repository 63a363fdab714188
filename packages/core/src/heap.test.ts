import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHeap } from './heap.ts';

test('whatever is put in comes out in order, between other puts too', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (steps) => {
      const heap = createHeap<number>((a, b) => a < b);
      const sorted: number[] = [];
      for (const step of steps) {
        if (step === undefined) {
          expect(heap.pop()).toBe(sorted.shift());
        } else {
          heap.push(step);
          sorted.push(step);
          sorted.sort((a, b) => a - b);
        }
        expect([heap.peek(), heap.size]).toEqual([sorted[0], sorted.length]);
      }
    }),
  );
});
