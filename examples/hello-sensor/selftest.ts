// SPDX-License-Identifier: Apache-2.0
// What makes a good hello-sensor. Limits and units stand in product.json.

/** The supply is halved by two equal resistors on pinA; the converter reads 3.6 V at full scale. */
const supply: Phase = {
  name: "supply",
  run(test) {
    hardware.pinA.configure(ANALOG_IN);
    test.measure("supply", (hardware.pinA.read() / 65535) * 3.6 * 2);
    test.done();
  },
};

/** An analogue thermometer of 10 mV a degree on pinB, 0.5 V at 0 C; it wants 20 ms after power. */
const sensor: Phase = {
  name: "sensor",
  timeoutMs: 1000,
  retries: 1,
  run(test) {
    hardware.pinB.configure(ANALOG_IN);
    imp.wakeup(0.02, () => {
      test.measure("temperature", ((hardware.pinB.read() / 65535) * 3.6 - 0.5) * 100);
      test.done();
    });
  },
};

/** pinC is wired to pinD: what one drives the other must see, high and low. */
const loopback: Phase = {
  name: "loopback",
  run(test) {
    hardware.pinD.configure(DIGITAL_IN);
    hardware.pinC.configure(DIGITAL_OUT, 1);
    const high = hardware.pinD.read();
    hardware.pinC.write(0);
    test.measure("levels seen", high + 1 - hardware.pinD.read());
    test.done();
  },
  teardown() {
    hardware.pinC.configure(DIGITAL_IN);
  },
};

export const phases: readonly Phase[] = [supply, sensor, loopback];
