import { createHeap } from './heap.ts';

interface Place {
  readonly workspace: string;
  readonly tag: number;
}

/**
 * A ring that has its next workspace at hand, where a plain Map is looked through for it: for states that are changed in
 * place, with many workspaces. A copy of it is a plain Map.
 */
export class OrderedRing extends Map<string, number> {
  /** Of what was taken out or set anew, the old places stay until they come first. */
  readonly #places = createHeap<Place>(
    (a, b) => a.tag < b.tag || (a.tag === b.tag && a.workspace < b.workspace),
  );

  override set(workspace: string, tag: number): this {
    super.set(workspace, tag);
    this.#places.push({ workspace, tag });
    return this;
  }

  /** Least tag, ties by name. */
  next(): Place | undefined {
    for (;;) {
      const place = this.#places.peek();
      if (place === undefined || this.get(place.workspace) === place.tag) return place;
      this.#places.pop();
    }
  }
}
