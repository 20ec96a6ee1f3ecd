// SPDX-License-Identifier: Apache-2.0
// One clock for a whole line: jumps to the next timer while nothing outside is open, else keeps pace with real time.

interface Task {
  readonly id: number;
  atUs: number;
  readonly order: number;
  run: () => void;
  /** 0 for a single shot. */
  readonly everyUs: number;
}

/** How long to wait for a stop's end, which wakes the clock. */
const STOPPED_MS = 1000;
/** How long one stretch of work may keep the event loop to itself. */
const SLICE_MS = 20;

export class VirtualClock {
  nowUs = 0;
  private readonly heap: Task[] = [];
  private readonly gone = new Set<number>();
  private nextId = 1;
  private holds = 0;
  private stops = 0;
  private anchorMs = 0;
  private wake: (() => void) | undefined;

  millis(): number {
    return this.nowUs / 1000;
  }

  /** Runs once, `us` from now. Same time: in the order in which they were asked for. */
  after(us: number, run: () => void): number {
    return this.add(us, run, 0);
  }

  every(us: number, run: () => void): number {
    return this.add(us, run, us);
  }

  cancel(id: number): void {
    if (this.heap.some((task) => task.id === id)) this.gone.add(id);
  }

  /** Something outside is under way: time goes at its real pace until the returned function is called. */
  hold(): () => void {
    if (this.holds++ === 0) this.anchorMs = performance.now();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.follow();
      this.holds--;
      this.wake?.();
    };
  }

  /** Something outside is under way that takes no time: the clock stands until the returned function is called. */
  stop(): () => void {
    this.stops++;
    let stopped = true;
    return () => {
      if (!stopped) return;
      stopped = false;
      this.stops--;
      this.wake?.();
    };
  }

  /** Keeps time going until `done` says so. Rejects when nothing is left that could happen. */
  async run(done: () => boolean): Promise<void> {
    while (!done()) {
      this.follow();
      const waitMs = this.work(done);
      if (waitMs === 0) await new Promise((resolve) => setImmediate(resolve));
      else if (waitMs > 0) await this.sleep(waitMs);
    }
  }

  /** Works until done, for a slice, or until a hold makes it wait: returns how long, in milliseconds. */
  private work(done: () => boolean): number {
    const end = performance.now() + SLICE_MS;
    for (let n = 0; !done(); n++) {
      if (this.stops) return STOPPED_MS;
      const task = this.heap[0];
      if (!task && !this.holds) throw new Error("the line stands still: no timer and no request is left");
      if (this.holds) {
        const waitUs = task ? task.atUs - this.nowUs : 1e6;
        if (waitUs > 0) return Math.max(1, Math.ceil(waitUs / 1000));
      }
      if (task) this.fire(task);
      if ((n & 255) === 255 && performance.now() > end) return 0;
    }
    return -1;
  }

  private fire(task: Task): void {
    this.pop();
    if (this.gone.delete(task.id)) return;
    if (task.atUs > this.nowUs) this.nowUs = task.atUs;
    if (task.everyUs) {
      task.atUs += task.everyUs;
      this.push(task);
    }
    task.run();
  }

  private follow(): void {
    if (!this.holds) return;
    const ms = performance.now();
    this.nowUs += (ms - this.anchorMs) * 1000;
    this.anchorMs = ms;
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake?.(), ms);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
    });
  }

  private add(us: number, run: () => void, everyUs: number): number {
    const id = this.nextId++;
    this.push({ id, atUs: this.nowUs + Math.max(0, us), order: id, run, everyUs });
    return id;
  }

  private push(task: Task): void {
    const { heap } = this;
    let at = heap.push(task) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!earlier(task, heap[parent] as Task)) break;
      heap[at] = heap[parent] as Task;
      at = parent;
    }
    heap[at] = task;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop() as Task;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1] as Task, heap[child] as Task)) child++;
      if (!earlier(heap[child] as Task, last)) break;
      heap[at] = heap[child] as Task;
      at = child;
    }
    heap[at] = last;
  }
}

function earlier(a: Task, b: Task): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
}
