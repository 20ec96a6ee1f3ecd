// SPDX-License-Identifier: Apache-2.0
// An agent's script, which runs on the server. Names and arguments are Electric Imp's; docs/API.md explains each call.

interface AgentHttpRequest {
  readonly method: string;
  /** What follows the agent's own address, "/" at least. */
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  /** Device id of the agent of this server that asks; absent for anybody else. */
  readonly from?: string;
  /** That is the agent of a unit which this fixture lit. */
  readonly authenticated: boolean;
}

interface AgentHttpResponse {
  header(name: string, value: string): void;
  /** Once a request. */
  send(code: number, body?: unknown): void;
}

interface HttpAnswer {
  /** 200 to 599; 9 when the call is not allowed. */
  readonly statuscode: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

interface HttpCall {
  sendasync(callback: (answer: HttpAnswer) => void): void;
  /** Waits, while other agents go on; not inside a promise. */
  sendsync(): HttpAnswer;
}

interface HttpHeaders {
  readonly [name: string]: string;
}

interface AgentHttp {
  onrequest(handler: (request: AgentHttpRequest, response: AgentHttpResponse) => void): void;
  request(method: string, url: string, headers?: HttpHeaders, body?: unknown): HttpCall;
  get(url: string, headers?: HttpHeaders): HttpCall;
  post(url: string, headers?: HttpHeaders, body?: unknown): HttpCall;
  put(url: string, headers?: HttpHeaders, body?: unknown): HttpCall;
  httpdelete(url: string, headers?: HttpHeaders): HttpCall;
  agenturl(): string;
  jsonencode(value: unknown): string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  jsondecode(json: string): any;
  urlencode(table: { readonly [name: string]: string | number | boolean }): string;
  urldecode(query: string): { [name: string]: string };
  /** Of its bytes in UTF-8. */
  base64encode(text: string): string;
  base64decode(base64: string): string;
}

interface DeviceLink {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on(name: string, handler: (data: any) => void): void;
  /** Waits while the device is away. 0. @throws ITEM_TOO_LONG above 2,048 bytes */
  send(name: string, data: unknown): 0;
}

interface AgentServer {
  log(message: unknown): void;
  error(message: unknown): void;
  /** 64 KiB of JSON at most. */
  save(data: object): 0;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  load(): any;
}

interface AgentImp {
  readonly configparams: {
    readonly deviceid: string;
    /** The fixture that lit the unit; a fixture's own id. */
    readonly factory_imp_device_id?: string;
    /** Of a unit under test. */
    readonly factory_fixture_url?: string;
    /** @deprecated present and true while in the factory */
    readonly factoryfirmware?: boolean;
    /** @deprecated present and true on a fixture */
    readonly is_factory_fixture?: boolean;
  };
  wakeup(seconds: number, callback: () => void): number;
  cancelwakeup(timer: number): void;
}

declare const device: DeviceLink;
declare const http: AgentHttp;
declare const server: AgentServer;
declare const imp: AgentImp;
/** Seconds since 1970. */
declare function time(): number;
