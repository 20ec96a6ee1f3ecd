// SPDX-License-Identifier: Apache-2.0
// The product itself: a thermometer that tells its agent every minute.

const PERIOD_S = 60;

const measure = () => {
  const celsius = ((hardware.pinB.read() / 65535) * 3.6 - 0.5) * 100;
  agent.send("temperature", Math.round(celsius * 10) / 10);
  imp.wakeup(PERIOD_S, measure);
};

hardware.pinB.configure(ANALOG_IN);
measure();
