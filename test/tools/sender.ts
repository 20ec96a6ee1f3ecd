// SPDX-License-Identifier: Apache-2.0
// A sender as the published BlinkUp SDK for browsers is one: it asks for a token, shows it on a screen, and asks who came.
import { showOf } from "../../bench/send/show.js";
import { entriesOf } from "../../bench/send/settings.js";
import { captureLight } from "../../bench/capture-file.js";
import type { LightSource } from "../../hal/sim/models/light-channel.js";

/** One HTTP request, wherever the server is. */
export type Ask = (
  method: "GET" | "POST",
  url: string,
  headers: { [name: string]: string },
  body?: string,
) => Promise<{ readonly status: number; readonly text: string }>;

export interface ConfigId {
  /** 16 hex digits each. */
  readonly id: string;
  readonly plan_id: string;
}

export interface DeviceInfo {
  readonly impee_id: string;
  readonly agent_url: string;
  readonly plan_id: string;
  readonly claimed_at: string;
}

const FRAMES_HZ = 60;
/** Samples that a screen's light is written down in. */
const SAMPLE_HZ = 600;

export class Sender {
  constructor(
    private readonly ask: Ask,
    readonly apiKey: string,
  ) {}

  private get authorization(): { [name: string]: string } {
    return { Authorization: `Basic ${Buffer.from(this.apiKey).toString("base64")}` };
  }

  /** A form when there is a plan to name, else no body at all, as jQuery sends an empty object. */
  async configId(plan_id?: string): Promise<ConfigId> {
    const headers = { ...this.authorization, "X-Requested-With": "XMLHttpRequest" };
    const { status, text } =
      plan_id === undefined
        ? await this.ask("POST", "/v1/setup_tokens", headers)
        : await this.ask(
            "POST",
            "/v1/setup_tokens",
            { ...headers, "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8" },
            `plan_id=${encodeURIComponent(plan_id)}`,
          );
    if (status !== 200) throw new Error(`${status} ${text}`);
    return JSON.parse(text) as ConfigId;
  }

  async deviceInfo({ id }: ConfigId): Promise<DeviceInfo> {
    const { status, text } = await this.ask("GET", `/v1/setup_tokens/${id}`, this.authorization);
    if (status !== 200) throw new Error(`${status} ${text}`);
    return JSON.parse(text) as DeviceInfo;
  }

  /** Tri-level, as a screen shows it from `startUs` on. */
  static light(config: ConfigId, network: { ssid: string; password: string }, startUs: number): LightSource {
    const token = lastByteFirst(config.plan_id) + lastByteFirst(config.id);
    const show = showOf(entriesOf({ ...network, token }), { waveform: "tri-level", rateHz: FRAMES_HZ, repeat: 1 });
    const drives = [...new Array<number>(FRAMES_HZ).fill(0), ...show.drives, ...new Array<number>(FRAMES_HZ).fill(0)];
    const held = SAMPLE_HZ / FRAMES_HZ;
    const samples = Uint8Array.from({ length: drives.length * held }, (_, i) => drives[Math.floor(i / held)]! * 255);
    return captureLight({ file: "screen", sampleHz: SAMPLE_HZ, samples }, startUs);
  }
}

/** 16 hex digits as bytes on the air. */
export const lastByteFirst = (digits: string): string => Buffer.from(digits, "hex").reverse().toString("hex");
