// SPDX-License-Identifier: Apache-2.0
// A fixture as a program for the original has it: button, footswitch, two lamps, and a lock-out against a second press.

const LOCK_OUT_S = 5;
const SHOW_S = 3;
const PRESSED = 0;

const BLINKUP_PIN = hardware.pinC;
const BUTTON = hardware.pinF;
const FOOTSWITCH = hardware.pinE;
const LAMP_RED = hardware.pinG;
const LAMP_GREEN = hardware.pinH;

interface Verdict {
  readonly passed: boolean;
  readonly mac: string;
}

class FactoryFixture {
  isLocked = false;
  lampTimer = 0;

  start(): void {
    LAMP_RED.configure(DIGITAL_OUT, 0);
    LAMP_GREEN.configure(DIGITAL_OUT, 0);
    BUTTON.configure(DIGITAL_IN_PULLUP, () => this.pressed(BUTTON));
    FOOTSWITCH.configure(DIGITAL_IN_PULLUP, () => this.pressed(FOOTSWITCH));
    // The board's own button, which the virtual line presses.
    fixture.onbutton(() => this.blinkup());
    agent.on("verdict", (data) => this.showVerdict(data as Verdict));
    agent.on("label", (data) => server.log("Label: " + JSON.stringify(data)));
    server.log("Ready");
  }

  pressed(pin: ImpPin): void {
    if (pin.read() === PRESSED) this.blinkup();
  }

  blinkup(): void {
    if (this.isLocked) return;
    this.isLocked = true;
    imp.wakeup(LOCK_OUT_S, () => {
      this.isLocked = false;
    });
    this.light(0, 0);
    server.log("Sending BlinkUp");
    server.factoryblinkup(null, null, BLINKUP_PIN, BLINKUP_FAST | BLINKUP_ACTIVEHIGH);
  }

  showVerdict(verdict: Verdict): void {
    server.log("Unit " + verdict.mac + (verdict.passed ? " passed" : " failed"));
    this.light(verdict.passed ? 0 : 1, verdict.passed ? 1 : 0);
    this.lampTimer = imp.wakeup(SHOW_S, () => this.light(0, 0));
  }

  light(red: number, green: number): void {
    if (this.lampTimer) imp.cancelwakeup(this.lampTimer);
    this.lampTimer = 0;
    LAMP_RED.write(red);
    LAMP_GREEN.write(green);
  }
}

imp.onidle(() => new FactoryFixture().start());
