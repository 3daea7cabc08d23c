/** Where the page's answers come from: a server beside a run, or the files of an export. */

import {
  CHUNKS_MAX, decodeBoxes, decodeChunks, encodeChunks, encodeSolid,
  type BoxTile, type ChunkAnswer, type ChunkAsk, type CityEvent, type Curves, type Figure, type Found, type Info, type LegendEntry,
  type Path, type Pick, type Thing, type Vec3,
} from "./protocol";

export interface EventQuery {
  from?: number;
  to?: number;
  kinds?: number[];
  about?: string;
  place?: string;
  top?: number;
  spoilers?: boolean;
}

export interface Source {
  readonly bytes: number;
  readonly requests: number;
  /** Whether questions can be asked that no file answers: picking with provenance, walking, any day. */
  readonly living: boolean;
  info(): Promise<Info>;
  boxes(tile: Vec3): Promise<BoxTile>;
  chunks(day: number, asks: readonly ChunkAsk[]): Promise<ChunkAnswer[]>;
  solid(day: number, at: readonly Vec3[]): Promise<Uint8Array[]>;
  pick(day: number, origin: Vec3, direction: Vec3, reach: number): Promise<Pick | null>;
  events(query: EventQuery): Promise<CityEvent[]>;
  thing(name: string, spoilers: boolean): Promise<Thing>;
  path(name: string, spoilers: boolean): Promise<Path>;
  curves(spoilers: boolean): Promise<Curves>;
  search(text: string): Promise<Found[]>;
  figures(day: number, eye: Vec3, radius: number): Promise<Figure[]>;
  overlay(kind: string, day: number): Promise<Uint8Array>;
  legend(kind: string): Promise<LegendEntry[]>;
  known(day: number): Promise<Uint8Array>;
  /** Calls back whenever a living run has committed more days. */
  watch(news: (days: number, living: boolean) => void): void;
}

export class SourceError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** The token of the address, moved out of sight: kept for this tab, taken out of the address bar. */
export function takeToken(): string {
  const address = new URL(location.href);
  const given = address.searchParams.get("token");
  if (given !== null) {
    sessionStorage.setItem("token", given);
    address.searchParams.delete("token");
    history.replaceState(null, "", address.pathname + address.search + address.hash);
    return given;
  }
  return sessionStorage.getItem("token") ?? "";
}

export class ServerSource implements Source {
  bytes = 0;
  requests = 0;
  readonly living = true;

  constructor(private readonly token: string) {}

  private async ask(path: string, body?: ArrayBuffer | string): Promise<ArrayBuffer> {
    this.requests++;
    const headers: Record<string, string> = { "X-Token": this.token };
    if (typeof body === "string") headers["Content-Type"] = "application/json";
    const answer = await fetch(path, body === undefined ? { headers } : { method: "POST", headers, body });
    const bytes = await answer.arrayBuffer();
    const sent = Number(answer.headers.get("Content-Length"));
    this.bytes += sent > 0 ? sent : bytes.byteLength;
    if (!answer.ok) {
      let line = `${path}: ${answer.status}`;
      try {
        line = (JSON.parse(new TextDecoder().decode(bytes)) as { error: string }).error;
      } catch {
        // An answer from something that is not our server: its status says enough.
      }
      throw new SourceError(answer.status, line);
    }
    return bytes;
  }

  private async json<T>(path: string, body?: unknown): Promise<T> {
    const bytes = await this.ask(path, body === undefined ? undefined : JSON.stringify(body));
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  }

  info(): Promise<Info> {
    return this.json("api/info");
  }

  async boxes(tile: Vec3): Promise<BoxTile> {
    return decodeBoxes(await this.ask(`api/boxes/${tile.join(",")}`));
  }

  async chunks(day: number, asks: readonly ChunkAsk[]): Promise<ChunkAnswer[]> {
    if (asks.length > CHUNKS_MAX) throw new RangeError(`${asks.length} chunks in one question`);
    return decodeChunks(await this.ask("api/chunks", encodeChunks(day, asks)), asks);
  }

  async solid(day: number, at: readonly Vec3[]): Promise<Uint8Array[]> {
    const bytes = await this.ask("api/solid", encodeSolid(day, at));
    return at.map((_, i) => new Uint8Array(bytes, i * 4096, 4096));
  }

  pick(day: number, origin: Vec3, direction: Vec3, reach: number): Promise<Pick | null> {
    return this.json("api/pick", { day, origin, direction, reach });
  }

  events(query: EventQuery): Promise<CityEvent[]> {
    const words = new URLSearchParams();
    if (query.from !== undefined) words.set("from", String(query.from));
    if (query.to !== undefined) words.set("to", String(query.to));
    if (query.kinds?.length) words.set("kind", query.kinds.join(","));
    if (query.about) words.set("about", query.about);
    if (query.place) words.set("place", query.place);
    words.set("top", String(query.top ?? 200));
    words.set("spoilers", query.spoilers ? "1" : "0");
    return this.json(`api/events?${words}`);
  }

  thing(name: string, spoilers: boolean): Promise<Thing> {
    return this.json(`api/thing/${name}?spoilers=${spoilers ? 1 : 0}`);
  }

  path(name: string, spoilers: boolean): Promise<Path> {
    return this.json(`api/path/${name}?spoilers=${spoilers ? 1 : 0}`);
  }

  curves(spoilers: boolean): Promise<Curves> {
    return this.json(`api/curves?spoilers=${spoilers ? 1 : 0}`);
  }

  search(text: string): Promise<Found[]> {
    return this.json(`api/search?q=${encodeURIComponent(text)}`);
  }

  figures(day: number, eye: Vec3, radius: number): Promise<Figure[]> {
    const [x, y, z] = eye.map(Math.round);
    return this.json(`api/figures?day=${day}&x=${x}&y=${y}&z=${z}&r=${Math.round(radius)}`);
  }

  async overlay(kind: string, day: number): Promise<Uint8Array> {
    return new Uint8Array(await this.ask(`api/overlay/${kind}?day=${day}`));
  }

  legend(kind: string): Promise<LegendEntry[]> {
    return this.json(`api/legend/${kind}`);
  }

  async known(day: number): Promise<Uint8Array> {
    const { bays } = await this.json<{ bays: string }>(`api/known?day=${day}`);
    return Uint8Array.from(atob(bays), (c) => c.charCodeAt(0));
  }

  watch(news: (days: number, living: boolean) => void): void {
    let wait = 1000;
    const open = (): void => {
      const address = new URL("api/live", location.href);
      address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
      address.hash = address.search = "";
      const socket = new WebSocket(address, [`token.${this.token}`]);
      let over = false;
      socket.onmessage = (message) => {
        const state = JSON.parse(String(message.data)) as { days: number; living: boolean };
        wait = 1000;
        over = !state.living;
        news(state.days, state.living);
      };
      // A server that went away may come back with the same run; whoever waits asks less and less often.
      socket.onclose = () => {
        if (!over) setTimeout(open, (wait = Math.min(wait * 2, 60_000)));
      };
    };
    open();
  }
}
