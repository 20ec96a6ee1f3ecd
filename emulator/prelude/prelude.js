// SPDX-License-Identifier: Apache-2.0
// Runs before the boot file in a real Espruino on Linux: gives it the ESP32 that the Linux port lacks. The interpreter, its
// memory, crypto, HTTP and Storage are real; time, pins, radio and raw flash are these. world.json (in the working folder)
// says what the world is like; flash.bin is the raw region, light.bin what the light pin sees, one byte a sample.
// Every name here begins with __: the firmware's own come first. Lines that begin with @ are for whoever started the process.
(function () {
  var __world = JSON.parse(require("fs").readFileSync("world.json"));
  var __real = {
    require: require,
    setTimeout: setTimeout,
    setInterval: setInterval,
    getTime: getTime,
    request: require("http").request,
  };

  // Variables in use, and the milliseconds of the garbage collection that counted them.
  function __weigh(what) {
    var memory = process.memory();
    print("@memory " + what + " " + memory.usage + " " + memory.gctime);
  }

  // Time: jumps to the next timer while no request is open, else keeps pace with the real clock.
  var __now = 0;
  var __shift = 0;
  var __anchor = __real.getTime();
  var __nextId = 1;
  var __timers = [];
  var __open = 0;
  global.getTime = function () {
    return (__now + __shift) / 1000;
  };
  global.setTime = function (seconds) {
    __shift = seconds * 1000 - __now;
  };
  function __add(run, ms, every) {
    var id = __nextId++;
    __insert({ id: id, at: __now + (ms > 0 ? ms : 0), run: run, every: every });
    return id;
  }
  function __insert(timer) {
    var i = __timers.length;
    while (i > 0 && __timers[i - 1].at > timer.at) i--;
    __timers.splice(i, 0, timer);
  }
  function __remove(id) {
    for (var i = 0; i < __timers.length; i++)
      if (__timers[i].id === id) {
        __timers.splice(i, 1);
        return;
      }
  }
  global.setTimeout = function (run, ms) {
    return __add(run, ms, 0);
  };
  global.setInterval = function (run, ms) {
    return __add(run, ms, ms);
  };
  global.clearTimeout = global.clearInterval = function (id) {
    if (id === undefined) throw new Error("clearTimeout() without an id clears every timer");
    __remove(id);
  };
  // When what runs was due: a hardware timer's task is not late, whatever else is.
  var __due = 0;
  function __fire(timer) {
    __due = timer.at;
    if (timer.every) {
      timer.at += timer.every;
      __insert(timer);
    }
    if (typeof timer.run === "string") __root(timer.run);
    else timer.run();
  }
  // Real timers run code text at root scope; so must these.
  function __root(code) {
    __real.setTimeout(code, 0);
  }
  function __pump() {
    var real = __real.getTime();
    if (__open) __now += (real - __anchor) * 1000;
    __anchor = real;
    for (var n = 0; n < 200 && __timers.length; n++) {
      var timer = __timers[0];
      if (timer.at > __now) {
        if (__open) return;
        __now = timer.at;
      }
      __timers.shift();
      __fire(timer);
    }
  }
  // One interval, not a chain of timeouts: it is cheaper, and the interpreter's own timer list stays still.
  __real.setInterval(__pump, 1);

  // Pins: the light pin reads the file, as a level or through a comparator, analogue pins read the world, a wire joins two.
  var __levels = {};
  var __light = { file: undefined, text: "", from: 0, darkPieces: 0 };
  function __lightAt(index) {
    if (index < __light.from || index >= __light.from + __light.text.length) {
      if (!__light.file) __light.file = E.openFile("light.bin", "r");
      __light.from = index;
      __light.file.seek(index);
      __light.text = __light.file.read(128);
      if (!__light.text) {
        __light.text = "\0".repeat(128);
        if (++__light.darkPieces === 8) print("@dark");
      }
    }
    return __light.text.charCodeAt(index - __light.from) / 255;
  }
  function __lightIndex() {
    return Math.floor((__now / 1000) * __world.lightHz);
  }
  function __wired(gpio) {
    var other = __world.wires[gpio];
    return other === undefined ? gpio : other;
  }
  global.Pin = function (gpio) {
    this.gpio = gpio;
  };
  var __down = {};
  Pin.prototype.mode = function (mode) {
    __down[this.gpio] = mode === "input_pulldown";
  };
  Pin.prototype.read = function () {
    if (this.gpio === __world.lightPin) return __lightAt(__lightIndex()) > 0.5;
    var level = __levels[__wired(this.gpio)];
    return level === undefined ? !__down[this.gpio] : !!level;
  };
  Pin.prototype.write = function (level) {
    __levels[this.gpio] = level ? 1 : 0;
    if (this.gpio === __world.emitterPin) __emit(level, __due);
  };
  // What the fixture's LED does is told, each level with its time in ms.
  function __emit(level, ms) {
    print("@lit " + (level ? 1 : 0) + " " + ms);
  }
  global.analogRead = function (pin) {
    if (pin.gpio === __world.lightPin) return __lightAt(__lightIndex());
    return __world.analog[pin.gpio] || 0;
  };
  // The comparator's edges come a little late, a few at once, each with its time, as from the queue.
  var __watch = 0;
  function __watchLight(run) {
    var index = __lightIndex();
    var state = __lightAt(index) > 0.5;
    __watch = __add(
      function () {
        for (var end = __lightIndex(); index <= end && __watch; index++)
          if (__lightAt(index) > 0.5 !== state) {
            state = !state;
            run({ state: state, time: index / __world.lightHz + __shift / 1000 });
          }
      },
      20,
      20,
    );
    return __watch;
  }
  global.clearWatch = function (id) {
    __remove(id);
    __watch = 0;
  };
  // The operator presses once, where the world says so.
  global.setWatch = function (run, pin) {
    if (pin.gpio === __world.lightPin) return __watchLight(run);
    if (__world.pressMs) global.setTimeout(run, __world.pressMs);
    return 1;
  };
  global.digitalPulse = function (pin, level, ms) {
    var at = __due;
    __emit(level, at);
    for (var i = 0; i < ms.length; i++) {
      at += ms[i];
      level = !level;
      __emit(level, at);
    }
  };

  // Raw flash: bits only clear, pages erase, everything is said.
  var __page = 4096;
  function __flash(offset, length) {
    var file = E.openFile("flash.bin", "r+");
    file.seek(offset);
    var text = file.read(length);
    file.close();
    return text;
  }
  function __program(offset, text) {
    var file = E.openFile("flash.bin", "r+");
    file.seek(offset);
    file.write(text);
    file.close();
  }
  var __flashModule = {
    read: function (length, address) {
      return E.toUint8Array(__flash(address - __world.flashBase, length));
    },
    write: function (bytes, address) {
      var offset = address - __world.flashBase;
      var old = __flash(offset, bytes.length);
      var text = "";
      for (var i = 0; i < bytes.length; i++) text += String.fromCharCode(old.charCodeAt(i) & bytes[i]);
      __program(offset, text);
      print(
        "@flash program " +
          Math.floor(offset / __page) +
          " " +
          (offset % __page) +
          " " +
          bytes.length +
          " " +
          (E.CRC32(bytes) >>> 0),
      );
    },
    erasePage: function (address) {
      var offset = address - __world.flashBase;
      var line = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
      for (var at = 0; at < __page; at += 512) __program(offset - (offset % __page) + at, line.repeat(32));
      print("@flash erase " + Math.floor(offset / __page) + " 0 " + __page + " 0");
    },
  };

  // Radio and servers: one access point, one server behind every name.
  var __joined = false;
  var __wifi = {
    connect: function (ssid, options, done) {
      var known = ssid === __world.ssid && options.password === __world.password;
      global.setTimeout(function () {
        __weigh("joined");
        __joined = known;
        done(known ? null : "NO_AP_FOUND");
      }, __world.joinMs);
    },
    disconnect: function () {
      __joined = false;
    },
    stopAP: function () {},
    scan: function (done) {
      global.setTimeout(function () {
        done([{ ssid: __world.ssid, rssi: -50, channel: "1" }]);
      }, 2000);
    },
    getStatus: function () {
      return { station: __joined ? "connected" : "disconnected", rssi: -50 };
    },
  };
  var __http = {
    request: function (options, answered) {
      options.host = "127.0.0.1";
      options.port = __world.port;
      var open = true;
      function close() {
        if (open) __open--;
        open = false;
      }
      __anchor = __real.getTime();
      __open++;
      var request;
      try {
        request = __real.request(options, function (answer) {
          answered(answer);
          answer.on("close", function () {
            __weigh("answered");
            close();
          });
        });
      } catch (error) {
        close();
        throw error;
      }
      request.on("error", function () {
        __real.setTimeout(close, 0);
      });
      var end = request.end.bind(request);
      request.end = function (body) {
        try {
          end(body);
        } catch (error) {
          close();
          throw error;
        }
      };
      return request;
    },
  };
  var __modules = {
    Flash: __flashModule,
    Wifi: __wifi,
    http: __http,
    timer: {
      add: function (task) {
        return __add(task.fn, task.time, task.interval);
      },
      remove: __remove,
    },
  };
  global.require = function (name) {
    return __modules[name] || __real.require(name);
  };

  // The chip.
  var __entropy = __world.entropy;
  global.peek32 = function () {
    __entropy = (__entropy * 16807) % 2147483647;
    return __entropy;
  };
  global.getSerial = function () {
    return __world.mac.substr(0, 8) + "-" + __world.mac.substr(8);
  };
  global.ESP32 = {
    reboot: function () {
      __weigh("leaving");
      print("@reboot");
      while (true);
    },
  };
  global.E.enableWatchdog = function () {};

  // When the stage and its script stand.
  global.setTimeout(function () {
    __weigh("settled");
  }, 400);
  print("@prelude " + process.memory().usage);
})();
