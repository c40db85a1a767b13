/**
 * Measures how long the thread was not free: a message is posted to oneself again and again, and the longest time between two
 * arrivals is the longest step that anything else took, garbage collection included. A click in that time would have waited as long.
 */
export class StepProbe {
  #channel = new MessageChannel();
  #last = 0;
  #longest = 0;
  #running = false;

  start() {
    this.#running = true;
    this.#longest = 0;
    this.#last = performance.now();
    this.#channel.port1.onmessage = () => this.#arrive();
    this.#channel.port2.postMessage(0);
  }

  /** Stops after one more arrival, so that the last step counts too. Returns milliseconds. */
  async stop() {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#running = false;
    this.#note();
    this.#channel.port1.onmessage = null;
    this.#channel.port1.close();
    this.#channel.port2.close();
    return this.#longest;
  }

  #arrive() {
    this.#note();
    if (this.#running) this.#channel.port2.postMessage(0);
  }

  #note() {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }
}
