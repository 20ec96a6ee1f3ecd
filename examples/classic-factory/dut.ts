// SPDX-License-Identifier: Apache-2.0
// A unit under test as a program for the original has it: asynchronous tests, a time-out over all, a report, blessing, wipe, label.

const TESTS_TIMEOUT_S = 20;
const SETTLE_S = 0.05;
const RSSI_MIN_DBM = -80;
const BATTERY_MIN_V = 3;
/** Two equal resistors halve the battery for pinA; the converter reads 3.6 V at full scale. */
const VOLTS_PER_COUNT = (3.6 / 65535) * 2;

interface TestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly value: number;
}

class FactoryTests {
  results: TestResult[] = [];
  timer = 0;
  pending = 0;
  done: (passed: boolean) => void;

  constructor(done: (passed: boolean) => void) {
    this.done = done;
  }

  run(): void {
    this.pending = 3;
    this.timer = imp.wakeup(TESTS_TIMEOUT_S, () => this.finish("timeout"));
    this.testRadio();
    this.testBattery();
    this.testLoopback();
  }

  testRadio(): void {
    const rssi = imp.net.info().rssi;
    this.record("radio", rssi > RSSI_MIN_DBM, rssi);
  }

  testBattery(): void {
    hardware.pinA.configure(ANALOG_IN);
    imp.wakeup(SETTLE_S, () => {
      const volts = hardware.pinA.read() * VOLTS_PER_COUNT;
      this.record("battery", volts > BATTERY_MIN_V, volts);
    });
  }

  /** pinC is wired to pinD: the edge comes back, or the time-out does. */
  testLoopback(): void {
    hardware.pinC.configure(DIGITAL_OUT, 0);
    hardware.pinD.configure(DIGITAL_IN, () => {
      hardware.pinD.configure(DIGITAL_IN);
      this.record("loopback", true, 1);
    });
    hardware.pinC.write(1);
  }

  record(name: string, passed: boolean, value: number): void {
    this.results.push({ name, passed, value });
    this.pending -= 1;
    if (this.pending === 0) this.finish("");
  }

  finish(problem: string): void {
    imp.cancelwakeup(this.timer);
    let passed = problem === "";
    for (let i = 0; i < this.results.length; i++) passed = passed && this.results[i]!.passed;
    agent.send("testresult", {
      mac: imp.getmacaddress(),
      deviceId: hardware.getdeviceid(),
      passed,
      problem,
      tests: this.results,
    });
    this.done(passed);
  }
}

function testsDone(passed: boolean): void {
  server.bless(passed, (blessed) => {
    server.log("Blessing " + (blessed ? "PASSED" : "FAILED"));
    if (!blessed) return;
    agent.send("label", { mac: imp.getmacaddress(), deviceId: hardware.getdeviceid() });
    imp.clearconfiguration();
  });
}

imp.onidle(() => {
  if (!("factory_imp_device_id" in imp.configparams)) {
    server.error("This firmware is for units under test");
    return;
  }
  new FactoryTests(testsDone).run();
});
