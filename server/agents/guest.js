// SPDX-License-Identifier: Apache-2.0
// What an agent's script sees, inside QuickJS: device, http, server, imp, with Electric Imp's names.
(() => {
  "use strict";
  const { __effect: effect, __wait: wait, __encode: encode, __decode: decode } = globalThis;
  for (const name of ["__effect", "__wait", "__encode", "__decode"]) Reflect.deleteProperty(globalThis, name);
  const handlers = new Map();
  const calls = new Map();
  const timers = new Map();
  let onRequest;
  let saved = {};
  let standing = { params: {}, now: 0 };
  let agentUrl = "";
  let number = 0;
  let skip = 0;
  let skipped = 0;
  let inJob = false;

  const make = (what) => {
    const fault = effect(JSON.stringify(what));
    if (fault) throw new Error(fault);
  };
  // An event that is run again has made these before: they are stored.
  const makeOnce = (what) => {
    if (skip > skipped) return void skipped++;
    make(what);
    return true;
  };
  const text = (value) => (typeof value === "string" ? value : (JSON.stringify(value) ?? String(value)));
  const mustCall = (callback, what) => {
    if (typeof callback !== "function") throw new TypeError(what + " takes a function");
  };
  const log = (level, message) => void makeOnce({ do: "log", level, text: text(message) });

  const httpRequest = (method, url, headers, body) => {
    const call = () => ({
      call: ++number,
      method: String(method).toUpperCase(),
      url: String(url),
      headers: Object.fromEntries(
        Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
      ),
      body: text(body ?? ""),
    });
    return {
      sendasync(callback) {
        mustCall(callback, "sendasync");
        const one = call();
        calls.set(one.call, callback);
        make({ do: "call", ...one });
      },
      sendsync() {
        if (inJob) throw new Error("sendsync cannot wait inside a promise: use sendasync.");
        return JSON.parse(wait(JSON.stringify(call())));
      },
    };
  };

  const api = {
    device: {
      on: (name, callback) => (mustCall(callback, "device.on"), void handlers.set(String(name), callback)),
      send: (name, data) => (makeOnce({ do: "send", name: String(name), data: JSON.stringify(data) ?? "null" }), 0),
    },
    http: {
      request: httpRequest,
      get: (url, headers) => httpRequest("GET", url, headers, ""),
      post: (url, headers, body) => httpRequest("POST", url, headers, body),
      put: (url, headers, body) => httpRequest("PUT", url, headers, body),
      httpdelete: (url, headers) => httpRequest("DELETE", url, headers, ""),
      onrequest: (callback) => (mustCall(callback, "http.onrequest"), void (onRequest = callback)),
      agenturl: () => agentUrl,
      jsonencode: (value) => JSON.stringify(value),
      jsondecode: (json) => JSON.parse(json),
      urlencode: (table) =>
        Object.entries(table)
          .map(([name, value]) => encodeURIComponent(name) + "=" + encodeURIComponent(value))
          .join("&"),
      urldecode: (query) =>
        Object.fromEntries(
          query
            .split("&")
            .filter((part) => part)
            .map((part) => part.replace(/\+/g, " ").split("="))
            .map(([name, ...value]) => [decodeURIComponent(name), decodeURIComponent(value.join("="))]),
        ),
      base64encode: (data) => encode(String(data)),
      base64decode: (data) => decode(String(data)),
    },
    server: {
      log: (message) => log("log", message),
      error: (message) => log("error", message),
      save(data) {
        const json = JSON.stringify(data ?? {});
        if (makeOnce({ do: "save", data: json })) saved = JSON.parse(json);
        return 0;
      },
      load: () => JSON.parse(JSON.stringify(saved)),
    },
    imp: {
      get configparams() {
        return standing.params;
      },
      wakeup(seconds, callback) {
        mustCall(callback, "imp.wakeup");
        const timer = ++number;
        timers.set(timer, callback);
        make({ do: "timer", timer, ms: Math.max(10, Number(seconds) * 1000 || 0) });
        return timer;
      },
      cancelwakeup(timer) {
        if (timers.delete(timer)) make({ do: "untimer", timer });
      },
    },
    time: () => Math.floor(standing.now / 1000),
  };
  Object.assign(globalThis, api);

  const responder = (request) => {
    const headers = {};
    let answered = false;
    return {
      header: (name, value) => void (headers[String(name).toLowerCase()] = String(value)),
      send(code, body) {
        if (answered) throw new Error("res.send: this request is answered already.");
        if (!Number.isInteger(code) || code < 200 || code > 599) throw new Error("res.send: the code is 200 to 599.");
        make({ do: "answer", request, answer: { statuscode: code, headers, body: text(body ?? "") } });
        answered = true;
      },
      get answered() {
        return answered;
      },
    };
  };

  const take = (map, key) => {
    const value = map.get(key);
    map.delete(key);
    return value;
  };

  const serve = (event) => {
    if (event.kind === "message") return handlers.get(event.name)?.(JSON.parse(event.data));
    if (event.kind === "response") return take(calls, event.call)?.(event.response);
    if (event.kind === "timer") return take(timers, event.timer)?.();
    const response = responder(event.request);
    if (!onRequest) return response.send(404, "This agent answers no requests: it has no http.onrequest.");
    try {
      onRequest(event.req, response);
    } catch (error) {
      if (!response.answered) response.send(500, "The agent failed.");
      throw error;
    }
  };

  const turn = (json) => {
    const { event, start, standing: now } = JSON.parse(json);
    standing = now;
    inJob = false;
    skip = event?.skip ?? 0;
    skipped = 0;
    if (start) {
      saved = JSON.parse(start.saved);
      agentUrl = start.agentUrl;
      return 0;
    }
    try {
      serve(event);
    } catch (error) {
      // Not a fault of one handler's: the agent is full.
      if (error instanceof InternalError && error.message === "out of memory") throw error;
      log("error", error instanceof Error ? error + "\n" + error.stack : "thrown: " + text(error));
    }
    inJob = true;
    return skipped;
  };
  Object.defineProperty(globalThis, "__turn", { value: turn });
})();
