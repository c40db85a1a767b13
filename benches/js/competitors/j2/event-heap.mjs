/**
 * A heap of event handles with four children a node, ordered by a numeric key, that knows where each handle stands.
 *
 * Keys lie beside the handles, in heap order, so that comparing touches one array and follows no reference; four children share
 * a cache line and make the heap half as deep as a binary one, which measured faster. The place of a handle is kept in its
 * owner's row, beside what else is needed of that handle. All operations are O(log n) without allocation.
 */
export class EventHeap {
  /** Keys in heap order. Read-only to others. */
  keys = new Float64Array(0);
  /** Handles in heap order. Read-only to others. */
  handles = new Int32Array(0);
  /** How many handles the heap holds. Read-only to others. */
  size = 0;
  #rows = new Int32Array(0);
  #rowBits;
  #column;

  /**
   * @param {number} rowBits a row has `2 ** rowBits` numbers
   * @param {number} column which of them is the place; -1 there says that the heap does not hold the handle
   */
  constructor(rowBits, column) {
    this.#rowBits = rowBits;
    this.#column = column;
  }

  /** Makes room for `capacity` handles, whose rows are in `rows` from now on. */
  reserve(capacity, rows) {
    this.keys = grown(this.keys, new Float64Array(capacity));
    this.handles = grown(this.handles, new Int32Array(capacity));
    this.#rows = rows;
  }

  /** Appends without restoring the order: `heapify` must follow. */
  append(handle, key) {
    const place = this.size;
    this.size = place + 1;
    this.keys[place] = key;
    this.handles[place] = handle;
    this.#rows[(handle << this.#rowBits) + this.#column] = place;
  }

  /** Orders everything appended, in O(n). */
  heapify() {
    for (let place = (this.size - 2) >> 2; place >= 0; place -= 1) {
      this.#sink(place, this.keys[place], this.handles[place]);
    }
  }

  /** Gives `handle` the key `key`, adding the handle if it is not there. */
  set(handle, key) {
    const place = this.#rows[(handle << this.#rowBits) + this.#column];
    if (place < 0) {
      this.size += 1;
      this.#rise(this.size - 1, key, handle);
    } else if (key < this.keys[place]) {
      this.#rise(place, key, handle);
    } else if (key > this.keys[place]) {
      this.#sink(place, key, handle);
    }
  }

  /** Takes `handle` out, if it is there. */
  remove(handle) {
    const row = (handle << this.#rowBits) + this.#column;
    const place = this.#rows[row];
    if (place < 0) return;
    this.#rows[row] = -1;
    const last = this.size - 1;
    this.size = last;
    if (place === last) return;
    const key = this.keys[last];
    const moved = this.handles[last];
    if (place > 0 && key < this.keys[(place - 1) >> 2]) this.#rise(place, key, moved);
    else this.#sink(place, key, moved);
  }

  /** The key of `handle`, or Infinity if it is not there. */
  keyOf(handle) {
    const place = this.#rows[(handle << this.#rowBits) + this.#column];
    return place < 0 ? Number.POSITIVE_INFINITY : this.keys[place];
  }

  #rise(from, key, handle) {
    const keys = this.keys;
    const handles = this.handles;
    const rows = this.#rows;
    const rowBits = this.#rowBits;
    const column = this.#column;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 2;
      const above = keys[parent];
      if (above <= key) break;
      const moved = handles[parent];
      keys[place] = above;
      handles[place] = moved;
      rows[(moved << rowBits) + column] = place;
      place = parent;
    }
    keys[place] = key;
    handles[place] = handle;
    rows[(handle << rowBits) + column] = place;
  }

  #sink(from, key, handle) {
    const keys = this.keys;
    const handles = this.handles;
    const rows = this.#rows;
    const rowBits = this.#rowBits;
    const column = this.#column;
    const size = this.size;
    let place = from;
    for (;;) {
      const first = place * 4 + 1;
      if (first >= size) break;
      let child = first;
      let below = keys[first];
      const end = Math.min(first + 4, size);
      for (let other = first + 1; other < end; other += 1) {
        if (keys[other] < below) {
          child = other;
          below = keys[other];
        }
      }
      if (below >= key) break;
      const moved = handles[child];
      keys[place] = below;
      handles[place] = moved;
      rows[(moved << rowBits) + column] = place;
      place = child;
    }
    keys[place] = key;
    handles[place] = handle;
    rows[(handle << rowBits) + column] = place;
  }
}

function grown(old, larger) {
  larger.set(old);
  return larger;
}
