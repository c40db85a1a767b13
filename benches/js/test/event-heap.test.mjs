import assert from "node:assert/strict";
import { test } from "node:test";
import { EventHeap } from "../competitors/j2/event-heap.mjs";
import { randomFrom } from "../data/random.mjs";

/** A heap with rows of one number each, which is the place. */
function heapFor(capacity) {
  const heap = new EventHeap(0, 0);
  heap.reserve(capacity, new Int32Array(capacity).fill(-1));
  return heap;
}

test("the heap gives the least key after any sequence of changes", () => {
  const random = randomFrom(5);
  const heap = heapFor(300);
  const model = new Map();
  for (let round = 0; round < 30_000; round += 1) {
    const handle = Math.floor(random() * 300);
    if (random() < 0.35) {
      heap.remove(handle);
      model.delete(handle);
    } else {
      const key = Math.floor(random() * 1000);
      heap.set(handle, key);
      model.set(handle, key);
    }
    assert.equal(heap.size, model.size);
    assert.equal(heap.keyOf(handle), model.get(handle) ?? Number.POSITIVE_INFINITY);
    if (model.size > 0) assert.equal(heap.keys[0], Math.min(...model.values()));
  }
});

test("appending and ordering once gives the same as setting one by one", () => {
  const random = randomFrom(6);
  const keys = Array.from({ length: 1000 }, () => Math.floor(random() * 5000));
  const heap = heapFor(keys.length);
  for (const [handle, key] of keys.entries()) heap.append(handle, key);
  heap.heapify();
  const sorted = [...keys].sort((a, b) => a - b);
  for (const key of sorted) {
    assert.equal(heap.keys[0], key);
    heap.remove(heap.handles[0]);
  }
  assert.equal(heap.size, 0);
});

test("making room keeps what is there", () => {
  const heap = heapFor(2);
  heap.set(0, 9);
  heap.set(1, 4);
  const places = new Int32Array(64).fill(-1);
  places.set([1, 0]);
  heap.reserve(64, places);
  heap.set(63, 5);
  heap.remove(1);
  assert.deepEqual([heap.size, heap.handles[0], heap.keyOf(0)], [2, 63, 9]);
});
