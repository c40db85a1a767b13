import assert from "node:assert/strict";
import { test } from "node:test";
import { EventHeap } from "../competitors/j2/event-heap.mjs";
import { randomFrom } from "../data/random.mjs";

test("the heap gives the least key after any sequence of changes", () => {
  const random = randomFrom(5);
  const heap = new EventHeap();
  const model = new Map();
  heap.reserve(300);
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
  const heap = new EventHeap();
  heap.reserve(keys.length);
  keys.forEach((key, handle) => heap.append(handle, key));
  heap.heapify();
  const sorted = [...keys].sort((a, b) => a - b);
  for (const key of sorted) {
    assert.equal(heap.keys[0], key);
    heap.remove(heap.handles[0]);
  }
  assert.equal(heap.size, 0);
});

test("making room keeps what is there", () => {
  const heap = new EventHeap();
  heap.reserve(2);
  heap.set(0, 9);
  heap.set(1, 4);
  heap.reserve(64);
  heap.set(63, 5);
  heap.remove(1);
  assert.deepEqual([heap.size, heap.handles[0], heap.keyOf(0)], [2, 63, 9]);
});
