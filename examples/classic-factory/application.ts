// SPDX-License-Identifier: Apache-2.0
// The product: a switch and a lamp.

hardware.pinC.configure(DIGITAL_OUT, 0);
hardware.pinD.configure(DIGITAL_IN_PULLUP, () => hardware.pinC.write(1 - hardware.pinD.read()));
server.log("Hello");
