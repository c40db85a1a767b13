/**
 * A binary heap of event handles, ordered by a numeric key, that knows where each handle stands.
 *
 * Keys lie beside the handles, in heap order, so that comparing touches one array and follows no reference. All operations are
 * O(log n) without allocation; the arrays double when they are full.
 */
export class EventHeap {
  /** Keys in heap order. Read-only to others. */
  keys = new Float64Array(0);
  /** Handles in heap order. Read-only to others. */
  handles = new Int32Array(0);
  /** How many handles the heap holds. Read-only to others. */
  size = 0;
  #places = new Int32Array(0);

  /** Makes room for handles below `capacity`. */
  reserve(capacity) {
    if (capacity <= this.#places.length) return;
    this.keys = grown(this.keys, new Float64Array(capacity));
    this.handles = grown(this.handles, new Int32Array(capacity));
    const known = this.#places.length;
    this.#places = grown(this.#places, new Int32Array(capacity)).fill(-1, known);
  }

  /** Appends without restoring the order: `heapify` must follow. */
  append(handle, key) {
    const place = this.size;
    this.size = place + 1;
    this.keys[place] = key;
    this.handles[place] = handle;
    this.#places[handle] = place;
  }

  /** Orders everything appended, in O(n). */
  heapify() {
    for (let place = (this.size >> 1) - 1; place >= 0; place -= 1) {
      this.#sink(place, this.keys[place], this.handles[place]);
    }
  }

  /** Gives `handle` the key `key`, adding the handle if it is not there. */
  set(handle, key) {
    const place = this.#places[handle];
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
    const place = this.#places[handle];
    if (place < 0) return;
    this.#places[handle] = -1;
    const last = this.size - 1;
    this.size = last;
    if (place === last) return;
    const key = this.keys[last];
    const moved = this.handles[last];
    if (place > 0 && key < this.keys[(place - 1) >> 1]) this.#rise(place, key, moved);
    else this.#sink(place, key, moved);
  }

  /** The key of `handle`, or Infinity if it is not there. */
  keyOf(handle) {
    const place = this.#places[handle];
    return place < 0 ? Number.POSITIVE_INFINITY : this.keys[place];
  }

  #rise(from, key, handle) {
    const keys = this.keys;
    const handles = this.handles;
    const places = this.#places;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = keys[parent];
      if (above <= key) break;
      const moved = handles[parent];
      keys[place] = above;
      handles[place] = moved;
      places[moved] = place;
      place = parent;
    }
    keys[place] = key;
    handles[place] = handle;
    places[handle] = place;
  }

  #sink(from, key, handle) {
    const keys = this.keys;
    const handles = this.handles;
    const places = this.#places;
    const size = this.size;
    const firstLeaf = size >> 1;
    let place = from;
    while (place < firstLeaf) {
      let child = place * 2 + 1;
      let below = keys[child];
      if (child + 1 < size && keys[child + 1] < below) {
        child += 1;
        below = keys[child];
      }
      if (below >= key) break;
      const moved = handles[child];
      keys[place] = below;
      handles[place] = moved;
      places[moved] = place;
      place = child;
    }
    keys[place] = key;
    handles[place] = handle;
    places[handle] = place;
  }
}

function grown(old, larger) {
  larger.set(old);
  return larger;
}
