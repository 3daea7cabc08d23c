/** Answers from the files that `megastructure watch RUN --site DIR` wrote: the days that were chosen then, and no server. */

import {
  decodeBoxes,
  type BoxTile, type ChunkAnswer, type ChunkAsk, type CityEvent, type Curves, type Figure, type Found, type Info, type LegendEntry,
  type Path, type Pick, type Thing, type Vec3,
} from "./protocol";
import { SourceError, type EventQuery, type Source } from "./source";

type ChunkList = Record<string, [number, number, string, number]>;

export class SiteSource implements Source {
  bytes = 0;
  requests = 0;
  readonly living = false;
  private days: number[] = [];
  private readonly kept = new Map<string, Promise<ArrayBuffer>>();
  private spoilerKinds = new Set<number>();

  private file(path: string): Promise<ArrayBuffer> {
    let bytes = this.kept.get(path);
    if (bytes === undefined) {
      bytes = this.read(path);
      bytes.catch(() => this.kept.delete(path));
      if (!path.startsWith("mesh/") && !path.startsWith("boxes/")) this.kept.set(path, bytes);
    }
    return bytes;
  }

  private async read(path: string): Promise<ArrayBuffer> {
    this.requests++;
    const answer = await fetch(`data/${path}`);
    if (!answer.ok) throw new SourceError(answer.status, `data/${path} is not part of this export`);
    const bytes = await answer.arrayBuffer();
    this.bytes += bytes.byteLength;
    return bytes;
  }

  private async json<T>(path: string): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.file(path))) as T;
  }

  /** The exported day nearest to the one wanted. */
  nearest(day: number): number {
    let best = this.days[0] ?? day;
    for (const d of this.days) if (Math.abs(d - day) < Math.abs(best - day)) best = d;
    return best;
  }

  async info(): Promise<Info> {
    const info = await this.json<Info>("info.json");
    this.days = info.site?.days ?? [info.days];
    this.spoilerKinds = new Set(info.kinds.filter((k) => k.spoiler).map((k) => k.number));
    return info;
  }

  async boxes(tile: Vec3): Promise<BoxTile> {
    return decodeBoxes(await this.file(`boxes/${tile.join("_")}.bin`));
  }

  async chunks(day: number, asks: readonly ChunkAsk[]): Promise<ChunkAnswer[]> {
    const at = this.nearest(day);
    const list = await this.json<ChunkList>(`chunks-${at}.json`);
    return Promise.all(
      asks.map(async (ask): Promise<ChunkAnswer> => {
        const entry = list[`${ask.level},${ask.cx},${ask.cy},${ask.cz}`];
        // What was not exported, or holds on other days only, is not there: a chunk that covers nothing, so that boxes show.
        if (entry === undefined || day < entry[0] || day > entry[1]) return { from: day, to: day, hashLo: 0, hashHi: 0, quads: -1, words: null };
        const [from, to, hash, quads] = entry;
        const hashHi = parseInt(hash.slice(0, 8), 16), hashLo = parseInt(hash.slice(8), 16);
        const held = hashLo === ask.hashLo && hashHi === ask.hashHi;
        const words = quads > 0 && !held ? new Uint32Array(await this.file(`mesh/${hash}.bin`)) : held ? null : new Uint32Array(0);
        return { from, to, hashLo, hashHi, quads, words };
      }),
    );
  }

  solid(): Promise<Uint8Array[]> {
    return Promise.reject(new SourceError(404, "walking needs the server: megastructure watch RUN"));
  }

  pick(): Promise<Pick | null> {
    return Promise.reject(new SourceError(404, "who laid a cell is known to the server alone: megastructure watch RUN"));
  }

  async events(query: EventQuery): Promise<CityEvent[]> {
    const all = await this.json<CityEvent[]>("events.json");
    const kinds = query.kinds?.length ? new Set(query.kinds) : null;
    return all
      .filter(
        (e) =>
          (query.from === undefined || e.day >= query.from) &&
          (query.to === undefined || e.day <= query.to) &&
          (kinds === null || kinds.has(e.kind)) &&
          (!query.about || e.who === query.about || e.whom === query.about) &&
          (!query.place || e.place === query.place) &&
          (query.spoilers || !this.spoilerKinds.has(e.kind)),
      )
      .sort((a, b) => b.weight - a.weight)
      .slice(0, query.top ?? 200)
      .sort((a, b) => a.day - b.day);
  }

  async thing(name: string, spoilers: boolean): Promise<Thing> {
    const thing = await this.json<Thing>(`things/${name}.json`);
    return spoilers ? thing : { ...thing, events: thing.events.filter((e) => !this.spoilerKinds.has(e.kind)) };
  }

  path(name: string): Promise<Path> {
    return this.json(`path/${name}.json`);
  }

  curves(): Promise<Curves> {
    return this.json("curves.json");
  }

  async search(text: string): Promise<Found[]> {
    const wanted = text.trim().toLowerCase();
    const all = await this.json<Found[]>("search.json");
    return all.filter((f) => f.called.toLowerCase().includes(wanted)).slice(0, 20);
  }

  async figures(day: number, eye: Vec3, radius: number): Promise<Figure[]> {
    const all = await this.json<Figure[]>(`figures-${this.nearest(day)}.json`);
    return all.filter((f) => Math.hypot(f.at[0] - eye[0], f.at[1] - eye[1], f.at[2] - eye[2]) <= radius);
  }

  async overlay(kind: string, day: number): Promise<Uint8Array> {
    return new Uint8Array(await this.file(`overlay/${kind}-${this.nearest(day)}.bin`));
  }

  async legend(kind: string): Promise<LegendEntry[]> {
    return (await this.json<Record<string, LegendEntry[]>>("legend.json"))[kind] ?? [];
  }

  known(day: number): Promise<Uint8Array> {
    return this.overlay("known", day);
  }

  watch(): void {
    // Files do not grow.
  }
}
