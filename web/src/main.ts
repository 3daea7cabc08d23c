/** The page: opens a run and ties its parts together. Each part is a file; here is only who tells whom. */

import { Boxes } from "./boxes";
import { Camera, viewpoints } from "./camera";
import { Chunks } from "./chunks";
import { byId, say, unsay } from "./dom";
import { Figures, PathLine, placeOn } from "./figures";
import { Hands, type Gestures } from "./hands";
import { Help } from "./help";
import { Card } from "./history";
import { titleOf, watchLife } from "./live";
import { Materials } from "./materials";
import { Matter } from "./matter";
import { Overlays } from "./overlays";
import { FOV, Picture } from "./picture";
import { yearOf, type CityEvent, type Info, type Named, type Path, type Vec3 } from "./protocol";
import { castRay, nearestSurface } from "./quads";
import { Search } from "./search";
import { SiteSource } from "./site";
import { ServerSource, SourceError, takeToken, type Source } from "./source";
import { MODES, readState, writeState, type Mode } from "./state";
import { TimeBar } from "./time";
import { forward, frustum, lookAt, rayThrough, type Pose } from "./view";
import { SolidCells } from "./walk";

const FOG = 0.0019; // share of light lost a cell, within the city
const COARSE = 0.3; // share of the pixels along a side that is drawn while much is still to come
const REST = 250; // milliseconds without motion before a picture is drawn sharp
const RESTS = 2; // times as long as a picture took, between two of them

async function open(): Promise<[Source, Info]> {
  const server = new ServerSource(takeToken());
  try {
    return [server, await server.info()];
  } catch (error) {
    const site = new SiteSource();
    try {
      return [site, await site.info()];
    } catch {
      throw error instanceof SourceError && error.status === 401 ? new Error("This address lacks its token: open the one that `megastructure watch` printed.") : error;
    }
  }
}

interface Machine {
  phone: boolean;
  software: boolean;
  quads: number;
  boxes: number;
  bytes: number;
  dpr: number;
}

/** What this machine can be asked for. */
function machine(): Machine {
  const phone = matchMedia("(pointer: coarse)").matches && Math.min(screen.width, screen.height) < 820;
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) throw new Error("This browser has no WebGL2, which the city is drawn with.");
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  const name = named ? String(gl.getParameter(named.UNMASKED_RENDERER_WEBGL)) : "";
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  const software = /swiftshader|llvmpipe|software|basic render/i.test(name);
  if (software) return { phone, software, quads: 260_000, boxes: 60_000, bytes: 96e6, dpr: 1 };
  if (phone) return { phone, software, quads: 240_000, boxes: 80_000, bytes: 96e6, dpr: Math.min(1.5, devicePixelRatio) };
  return { phone, software, quads: 900_000, boxes: 300_000, bytes: 320e6, dpr: Math.min(2, devicePixelRatio) };
}

class City {
  readonly ready: Promise<void>;
  readonly materials: Materials;
  readonly picture: Picture;
  readonly chunks: Chunks;
  readonly boxes: Boxes;
  readonly matter: Matter;
  readonly camera: Camera;
  readonly solid: SolidCells;
  readonly overlays: Overlays;
  readonly figures: Figures;
  readonly line: PathLine;
  readonly card: Card;
  readonly time: TimeBar;
  readonly search: Search;
  readonly help = new Help();
  readonly hands: Hands;
  spoilers = false;
  selected: string | null = null;
  follow: { name: string; path: Path; at: Vec3 | null } | null = null;
  drawnFrames = 0;
  private dirty = true;
  private lost = false;
  private last = performance.now();
  private lookedFrom: Pose | null = null;
  private lookedAt = 0;
  private slow = 0;
  private pace: number; // share of the screen's pixels along a side that is drawn in motion
  private hashTimer: ReturnType<typeof setTimeout> | undefined;
  private wroteHash = "";
  private isReady = false;
  private becomeReady: () => void = () => undefined;

  constructor(
    readonly source: Source,
    readonly info: Info,
    private readonly able: Machine,
  ) {
    this.ready = new Promise((done) => (this.becomeReady = done));
    const canvas = byId("view", HTMLCanvasElement);
    this.materials = new Materials(info);
    this.picture = new Picture(canvas, this.materials);
    this.picture.scale = this.pace = able.dpr;
    this.chunks = new Chunks(source, able.quads, able.bytes);
    this.chunks.setBounds(info.low, info.high);
    this.boxes = new Boxes(source, this.picture.scene, this.materials, able.boxes);
    this.boxes.setTiles(info);
    this.matter = new Matter(this.picture.scene, this.chunks, this.materials, info);
    this.solid = new SolidCells(source);
    const state = readState(location.hash);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.camera = new Camera(state.pose ?? { ...info.start }, this.solid, still);
    const redraw = (): void => void (this.dirty = true);
    const failed = (line: string): void => say(line);
    this.overlays = new Overlays(source, this.materials, redraw, failed);
    this.figures = new Figures(source, this.picture.scene, this.materials, redraw);
    this.line = new PathLine(this.picture.scene, this.materials);
    this.card = new Card(info, {
      openThing: (name) => void this.openThing(name),
      openEvent: (event) => void this.openEvent(event),
      fly: (to) => void this.flyNear(to),
      follow: (name) => void this.startFollowing(name),
      setDay: (day) => this.time.set(day),
      closed: () => ((this.selected = null), this.noteState()),
    });
    this.time = new TimeBar((day) => this.dayChanged(day), (event) => void this.openEvent(event));
    this.time.setSpan(info.days, info.era_day);
    this.search = new Search(source, (name) => void this.openThing(name), failed);
    this.hands = new Hands(canvas, this.gestures());
    this.wireButtons();
    this.wireContext(canvas);
    this.materials.shared["night"].value = state.night ? 1 : 0;
    this.materials.shared["ink"].value = state.ink ? 1 : 0;
    this.time.set(Math.min(state.day ?? info.days, info.days));
    if (state.mode !== "fly") this.setMode(state.mode);
    if (state.overlay) void this.overlays.choose(state.overlay);
    if (state.selected) void this.openThing(state.selected);
    if (state.follow) void this.startFollowing(state.follow, false);
    addEventListener("hashchange", () => this.takeHash());
    addEventListener("resize", redraw);
    watchLife(source, info, (_, before) => this.grown(before));
    void this.refreshTold();
    this.showPressed();
    requestAnimationFrame((now) => this.frame(now));
  }

  get day(): number {
    return this.time.day;
  }

  // --- time ---

  private dayChanged(day: number): void {
    this.materials.shared["day"].value = day;
    this.chunks?.setDay(day);
    this.overlays?.setDay(day);
    this.dirty = true;
    this.chunks.pump();
    if (this.follow) this.goAlong();
    this.noteState();
  }

  private grown(before: number): void {
    const atEnd = this.day >= before;
    this.chunks.setBounds(this.info.low, this.info.high);
    this.chunks.expire(before);
    this.boxes.expire(this.info);
    this.time.setSpan(this.info.days, this.info.era_day);
    if (atEnd) this.time.set(this.info.days);
    void this.refreshTold();
    this.dirty = true;
  }

  private async refreshTold(): Promise<void> {
    try {
      this.time.setCurves(await this.source.curves(this.spoilers));
      this.time.setEvents(await this.source.events({ top: 80, spoilers: this.spoilers }));
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }

  // --- history ---

  /** The card of somebody; `again`: it is open already and is only told anew. */
  async openThing(name: string, again = false): Promise<void> {
    try {
      const thing = await this.source.thing(name, this.spoilers);
      this.selected = name;
      this.card.following = this.follow?.name ?? null;
      this.card.showThing(thing);
      if (!again) this.closePanels();
      this.noteState();
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }

  async openEvent(event: CityEvent): Promise<void> {
    this.time.play(false);
    this.time.set(event.day);
    const names = [event.who, event.whom, event.place].filter((n): n is string => n !== null);
    this.card.showEvent(event, []);
    const about = Promise.all(
      names.map((name): Promise<Named | null> => this.source.thing(name, this.spoilers).then((t) => ({ name, called: t.called }), () => null)),
    ).then((all) => this.card.showEvent(event, all.filter((n) => n !== null)));
    if (event.at) await this.flyNear(event.at);
    await about;
  }

  async openEvents(): Promise<void> {
    try {
      this.card.showEvents(await this.source.events({ top: 80, spoilers: this.spoilers }));
      this.closePanels();
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }

  /** Glides to where a place can be seen from: of eight sides the one that is open for longest. */
  async flyNear(at: Vec3): Promise<void> {
    const sides = viewpoints(at);
    let best = sides[0];
    if (this.source.living) {
      const from: Vec3 = [at[0] + 0.5, at[1] + 0.5, at[2] + 1.5];
      const free = await Promise.all(
        sides.map(async (side) => {
          const d = side.eye.map((c, i) => c - from[i]) as Vec3, far = Math.hypot(...d);
          const hit = await this.source.pick(this.day, from, d.map((c) => c / far) as Vec3, far).catch(() => null);
          return hit ? hit.distance : far;
        }),
      );
      const k = free.indexOf(Math.max(...free));
      const share = Math.max(0.12, Math.min(1, (free[k] - 1.5) / Math.hypot(...sides[k].eye.map((c, i) => c - from[i]))));
      best = lookAt(sides[k].eye.map((c, i) => from[i] + (c - from[i]) * share) as Vec3, from);
    }
    await this.camera.flyTo(best);
    this.lookedFrom = null;
    this.dirty = true;
  }

  async startFollowing(name: string | null, fly = true): Promise<void> {
    if (name === null) {
      this.follow = null;
      this.line.show(null);
    } else {
      try {
        const path = await this.source.path(name, this.spoilers);
        if (path.at.length === 0) return say("nobody knows where they went");
        if (placeOn(path, this.day) === null) this.time.set(path.days[0]);
        this.follow = { name, path, at: placeOn(path, this.day) };
        this.line.show(path);
        if (fly && this.follow.at) await this.flyNear(this.follow.at);
      } catch (error) {
        say(error instanceof Error ? error.message : String(error));
      }
    }
    this.dirty = true;
    this.noteState();
    if (this.selected && this.card.open) await this.openThing(this.selected, true);
  }

  private goAlong(): void {
    if (!this.follow) return;
    const at = placeOn(this.follow.path, this.day), before = this.follow.at;
    if (at && before && at.some((c, i) => c !== before[i])) {
      const d = at.map((c, i) => c - before[i]) as Vec3;
      if (this.camera.mode === "walk") this.setMode("fly");
      this.camera.shift(d);
    }
    this.follow.at = at ?? before;
  }

  async followWanderer(): Promise<void> {
    if (this.follow) return this.startFollowing(null);
    const he = (await this.source.search(this.info.words["wanderer"] ?? "Killy")).find((f) => f.what === "wanderer");
    if (!he) return say("nobody wanders in this history");
    await this.openThing(he.name);
    await this.startFollowing(he.name);
  }

  async ask(x: number, y: number): Promise<void> {
    const canvas = this.picture.renderer.domElement;
    const ray = rayThrough(this.camera.pose, (x / canvas.clientWidth) * 2 - 1, 1 - (y / canvas.clientHeight) * 2, FOV, this.picture.aspect);
    const eye = this.camera.pose.eye;
    const somebody = this.figureAt(ray);
    if (somebody) return this.openThing(somebody);
    if (!this.source.living) {
      const hit = castRay(this.chunks.blocks(), eye, ray, 4000);
      if (hit) this.card.showQuad(hit.material, hit.cell, hit.face, hit.year);
      else say("nothing near enough that this export holds cell by cell", 3);
      return;
    }
    try {
      const pick = await this.source.pick(this.day, eye, ray, 4000);
      if (pick === null) return this.card.open ? this.card.close() : say("nothing but air", 2);
      this.selected = pick.foreman?.name ?? null;
      this.card.showPick(pick);
      this.closePanels();
      this.noteState();
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }

  /** A figure that the ray passes within half a cell of, or of its size on a small screen. */
  private figureAt(ray: Vec3): string | null {
    const eye = this.camera.pose.eye;
    let best: string | null = null, nearest = Infinity;
    for (const f of this.figures.here) {
      const d = [f.at[0] + 0.5 - eye[0], f.at[1] + 0.5 - eye[1], f.at[2] + 0.9 - eye[2]];
      const along = d[0] * ray[0] + d[1] * ray[1] + d[2] * ray[2];
      if (along <= 0 || along >= nearest) continue;
      const off = Math.hypot(...d.map((c, i) => c - ray[i] * along));
      const hit = off < Math.max(0.7, along * 0.012) ? castRay(this.chunks.blocks(eye, along), eye, ray, along - 1.2) : null;
      if (off < Math.max(0.7, along * 0.012) && hit === null) [best, nearest] = [f.name, along];
    }
    return best;
  }

  // --- hands ---

  private gestures(): Gestures {
    const redraw = (): void => void (this.dirty = true);
    return {
      look: (dx, dy) => (this.camera.look(dx, dy), redraw()),
      shove: (dx, dy, ahead) => (this.camera.shove(dx, dy, ahead), redraw()),
      tap: (x, y) => void this.ask(x, y),
      key: (code, shift) => this.key(code, shift),
      lock: (on) => say(on ? "the mouse looks; Escape lets it go" : "", 2),
    };
  }

  private key(code: string, shift: boolean): void {
    const deeds: Record<string, () => void> = {
      BracketLeft: () => this.time.step(-100), BracketRight: () => this.time.step(100),
      Comma: () => this.time.step(shift ? -10 : -1), Period: () => this.time.step(shift ? 10 : 1),
      KeyP: () => this.time.play(!this.time.playing),
      Space: () => this.camera.mode !== "walk" && this.time.play(!this.time.playing),
      KeyF: () => this.setMode(MODES[(MODES.indexOf(this.camera.mode) + 1) % MODES.length]),
      KeyN: () => this.toggle("night"), KeyI: () => this.toggle("ink"),
      KeyO: () => void this.overlays.next().then(() => this.noteState()),
      KeyH: () => this.help.toggle(), KeyV: () => void this.openEvents(), KeyK: () => void this.followWanderer(),
      Slash: () => setTimeout(() => this.panel("find", true)),
      Home: () => void this.camera.flyTo({ ...this.info.start }).then(() => (this.dirty = true)),
      Escape: () => (this.closePanels(), this.card.open && this.card.close()),
    };
    deeds[code]?.();
  }

  setMode(mode: Mode): void {
    if (mode === "walk" && !this.source.living) return say("walking needs the server: megastructure watch RUN"), this.setMode("orbit");
    const hit = mode === "orbit" ? castRay(this.chunks.blocks(), this.camera.pose.eye, forward(this.camera.pose), 2000) : null;
    this.camera.setMode(mode, hit?.point ?? null);
    byId("b-mode", HTMLButtonElement).textContent = mode;
    this.noteState();
    this.dirty = true;
  }

  private toggle(which: "night" | "ink"): void {
    const uniform = this.materials.shared[which];
    uniform.value = uniform.value > 0.5 ? 0 : 1;
    this.showPressed();
    this.noteState();
    this.dirty = true;
  }

  private showPressed(): void {
    for (const which of ["night", "ink"]) byId(`b-${which}`, HTMLButtonElement).setAttribute("aria-pressed", String(this.materials.shared[which].value > 0.5));
  }

  private panel(which: "find" | "layers", open?: boolean): void {
    for (const id of ["find", "layers"]) {
      const panel = byId(id, HTMLElement);
      panel.hidden = id === which ? !(open ?? panel.hidden) : true;
      byId(`b-${id}`, HTMLButtonElement).setAttribute("aria-expanded", String(!panel.hidden));
    }
    if (which === "find" && !byId("find", HTMLElement).hidden) this.search.field.focus();
  }

  private closePanels(): void {
    for (const id of ["find", "layers"]) {
      byId(id, HTMLElement).hidden = true;
      byId(`b-${id}`, HTMLButtonElement).setAttribute("aria-expanded", "false");
    }
  }

  private wireButtons(): void {
    const on = (id: string, act: () => void): void => byId(id, HTMLButtonElement).addEventListener("click", act);
    on("b-find", () => this.panel("find"));
    on("b-layers", () => this.panel("layers"));
    on("b-events", () => void this.openEvents());
    on("b-mode", () => this.key("KeyF", false));
    on("b-night", () => this.toggle("night"));
    on("b-ink", () => this.toggle("ink"));
    on("b-help", () => this.help.toggle());
    byId("overlays", HTMLDivElement).addEventListener("click", () => this.noteState());
    const spoilers = byId("spoilers", HTMLInputElement);
    spoilers.disabled = !this.info.spoilers_allowed;
    spoilers.addEventListener("change", () => {
      this.spoilers = spoilers.checked;
      void this.refreshTold();
      if (this.card.open && this.selected) void this.openThing(this.selected, true);
    });
  }

  private wireContext(canvas: HTMLCanvasElement): void {
    canvas.addEventListener("webglcontextlost", (e) => {
      e.preventDefault();
      this.lost = true;
      say("the picture was lost; it is being made again", 0);
    });
    canvas.addEventListener("webglcontextrestored", () => {
      this.lost = false;
      this.matter.restore();
      unsay();
      this.dirty = true;
    });
  }

  // --- address ---

  private noteState(): void {
    clearTimeout(this.hashTimer);
    this.hashTimer = setTimeout(() => this.writeHash(), 300);
  }

  writeHash(): void {
    const on = (which: string): boolean => this.materials.shared[which].value > 0.5;
    this.wroteHash = writeState({
      pose: this.camera.pose, day: this.day === this.info.days ? null : this.day, selected: this.selected, overlay: this.overlays.kind,
      mode: this.camera.mode, night: on("night"), ink: on("ink"), follow: this.follow?.name ?? null,
    });
    history.replaceState(null, "", this.wroteHash);
  }

  private takeHash(): void {
    if (location.hash === this.wroteHash) return;
    const state = readState(location.hash);
    if (state.pose) this.camera.place(state.pose);
    this.time.set(state.day ?? this.info.days);
    if (state.mode !== this.camera.mode) this.setMode(state.mode);
    void this.overlays.choose(state.overlay);
    if (state.selected) void this.openThing(state.selected);
    this.materials.shared["night"].value = state.night ? 1 : 0;
    this.materials.shared["ink"].value = state.ink ? 1 : 0;
    this.showPressed();
    this.lookedFrom = null;
    this.dirty = true;
  }

  // --- pictures ---

  /** Chooses what to hold, when the eye has moved or turned enough to matter. */
  private look(): void {
    const pose = this.camera.pose, from = this.lookedFrom, now = performance.now();
    if (from && now - this.lookedAt < 120) return;
    const moved = from ? Math.hypot(...pose.eye.map((c, i) => c - from.eye[i])) : Infinity;
    const turned = from ? Math.abs(pose.yaw - from.yaw) + Math.abs(pose.pitch - from.pitch) : Infinity;
    if (moved < 6 && turned < 0.12) {
      if (this.chunks.full || now - this.lookedAt < 700) return; // while loading, the detail may still be adjusted
    }
    this.lookedFrom = { eye: [...pose.eye], yaw: pose.yaw, pitch: pose.pitch };
    this.lookedAt = now;
    this.chunks.look(pose.eye, frustum(pose, FOV, this.picture.aspect, 1.18));
    this.boxes.pump(pose.eye);
    this.figures.update(pose.eye, this.day);
    byId("where", HTMLParagraphElement).textContent = `${pose.eye.map(Math.round).join("  ")}`;
    this.noteState();
  }

  /** How near the next surface is decides the pace, how near the picture may begin, and how thin the air must be to see far. */
  private feel(eye: Vec3): void {
    const near = nearestSurface(this.chunks.blocks(eye, 48), eye, 48);
    const far = near < 48 ? near : this.boxes.nearest(eye, this.day, 6000);
    this.camera.clearance = near < 48 ? near : Math.max(48, far);
    this.picture.near = Math.max(0.06, Math.min(6, Math.min(near, far) * 0.3));
    this.materials.shared["fog"].value = FOG * Math.max(0.022, Math.min(1, 160 / this.camera.clearance));
  }

  draw(): void {
    const pose = this.camera.pose;
    this.picture.fit();
    this.feel(pose.eye);
    const seen = frustum(pose, FOV, this.picture.aspect, 1.02);
    this.matter.prepare(pose.eye, seen);
    const pixel = (2 * Math.tan(FOV / 2)) / Math.max(200, this.picture.height);
    this.boxes.choose(pose.eye, seen, pixel * 1.2);
    this.figures.light(pose.eye, this.camera.clearance < 12 || this.materials.shared["night"].value > 0.5);
    this.materials.shared["mistZ"].value = this.info.low[2] * 0.6 - Math.floor(pose.eye[2]);
    this.picture.draw(pose);
    this.drawnFrames++;
  }

  private frame(now: number): void {
    requestAnimationFrame((t) => this.frame(t));
    const seconds = Math.min(0.25, (now - this.last) / 1000);
    this.last = now;
    const wish = this.hands.wish(seconds);
    const moved = this.camera.step(wish, seconds, this.day);
    this.time.run(seconds);
    if (this.lost) return;
    this.look();
    if (moved) this.dirty = true;
    if (moved || this.time.playing || this.camera.pose !== this.lastPose) this.movedAt = now;
    this.lastPose = this.camera.pose;
    const share = this.stale ? this.share(now) : 0;
    if (share > 0) {
      this.budget(this.able.software ? Math.max(seconds, this.picture.took / 1000) : seconds, moved || this.time.playing);
      this.dirty = false;
      this.drawnVersion = this.chunks.version;
      this.drawnBoxes = this.boxes.count;
      this.drawnScale = this.picture.scale = share;
      this.picture.deep = share > 0.55;
      this.draw();
      if (this.able.software) this.picture.wait();
    }
    const ahead = this.full && !this.stale && !this.picture.busy;
    if (ahead !== this.chunks.ahead) {
      this.chunks.ahead = ahead;
      this.chunks.pump();
    }
    const failure = this.chunks.failure ?? this.boxes.failure;
    if (failure !== this.shownFailure) {
      this.shownFailure = failure;
      if (failure) say(`${failure} (trying again)`, 0);
      else unsay();
    }
    if (!this.isReady && this.full && !this.stale) {
      this.isReady = true;
      document.body.classList.add("ready");
      this.becomeReady();
    }
  }

  private drawnVersion = -1;
  private drawnBoxes = -1;
  private drawnScale = 0;
  private lastPose: Pose | null = null;
  private movedAt = -Infinity;
  private shownFailure: string | null = null;

  /** Whether there is something to draw that is not in the picture. */
  get stale(): boolean {
    if (this.dirty || this.chunks.version !== this.drawnVersion || this.boxes.count !== this.drawnBoxes) return true;
    return this.able.software && this.full && this.drawnScale < this.able.dpr;
  }

  /**
   * The share of the screen's pixels along a side that a picture is drawn with now; 0: it has to wait. A processor that plays
   * a card takes a second for a picture, and takes it from who fetches and builds what is still missing. So it is never given
   * a second picture before the first one is ready, and while much is still to come only coarse ones, now and then. What was
   * coarse in motion is drawn sharp when the eye has come to rest.
   */
  private share(now: number): number {
    if (!this.able.software) return this.pace;
    if (this.picture.busy) return 0;
    if (now === this.movedAt) return this.pace;
    if (this.full) return now - this.movedAt > REST ? this.able.dpr : 0;
    return performance.now() - this.picture.readyAt > RESTS * this.picture.took ? Math.min(this.pace, COARSE) : 0;
  }

  /** Draws fewer pixels while frames come too slowly, and all of them again when there is time. */
  private budget(seconds: number, moving: boolean): void {
    if (!moving) {
      if (this.pace < this.able.dpr && this.slow-- < -20) this.pace = Math.min(this.able.dpr, this.pace * 1.25);
      return;
    }
    this.slow = Math.max(-30, Math.min(30, this.slow + (seconds > 0.05 ? 2 : seconds < 0.022 ? -1 : 0)));
    if (this.slow > 12) {
      this.pace = Math.max(this.able.software ? 0.5 : 0.6, this.pace * 0.82);
      this.slow = 0;
    } else if (this.slow < -28 && this.pace < this.able.dpr) {
      this.pace = Math.min(this.able.dpr, this.pace * 1.15);
      this.slow = 0;
    }
  }

  get full(): boolean {
    return this.lookedFrom !== null && this.chunks.full && this.boxes.full;
  }
}

/** What tests ask the page. */
function hooks(city: City): object {
  const settle = async (): Promise<void> => {
    city["lookedFrom"] = null;
    for (let calm = 0; calm < 4; ) {
      await new Promise((done) => setTimeout(done, 60));
      if (city.full && !city.stale && !city.camera.moving) calm++;
      else calm = 0;
    }
  };
  return {
    ready: city.ready,
    get full() {
      return city.full;
    },
    get stats() {
      const { source, chunks, boxes } = city;
      return {
        bytes: source.bytes, requests: source.requests, chunks: chunks.count, quads: chunks.total.quads, boxes: boxes.count, drawnBoxes: boxes.drawn,
        pages: city.matter.pages, lamps: city.matter.lampsLit, refetched: chunks.step.refetched, asked: chunks.step.asked, wanted: chunks.step.wanted,
        detail: chunks.detail, frames: city.drawnFrames, scale: city.picture.scale, figures: city.figures.here.length, near: city.picture.near, clearance: city.camera.clearance,
      };
    },
    get pose() {
      return city.camera.pose;
    },
    get day() {
      return city.day;
    },
    get days() {
      return city.info.days;
    },
    get living() {
      return city.info.living;
    },
    get standing() {
      return city.camera.body.standing;
    },
    setDay: (day: number) => city.time.set(day),
    setCamera: (x: number, y: number, z: number, yaw: number, pitch: number) => city.camera.place({ eye: [x, y, z], yaw, pitch }),
    setMode: (mode: Mode) => city.setMode(mode),
    pick: (x: number, y: number) => city.ask(x, y),
    /** What the drawn quads themselves say is there. */
    hit: (x: number, y: number) => {
      const canvas = city.picture.renderer.domElement;
      const ray = rayThrough(city.camera.pose, (x / canvas.clientWidth) * 2 - 1, 1 - (y / canvas.clientHeight) * 2, FOV, city.picture.aspect);
      return castRay(city.chunks.blocks(), city.camera.pose.eye, ray, 4000);
    },
    still: () => {
      city.picture.scale = 1;
      city.picture.deep = true;
      city.draw();
    },
    settle,
    loseContext: () => {
      const lose = city.picture.renderer.getContext().getExtension("WEBGL_lose_context");
      lose?.loseContext();
      setTimeout(() => lose?.restoreContext(), 200);
    },
  };
}

try {
  say("opening the run ...", 0);
  const [source, info] = await open();
  const city = new City(source, info, machine());
  document.title = `${info.run} · megastructure`;
  if (info.site) say(`An export of the years ${[...new Set(info.site.days.map(yearOf))].join(", ")}; ${titleOf(info)}`, 6);
  else unsay();
  Object.defineProperty(window, "city", { value: hooks(city) });
} catch (error) {
  say(error instanceof Error ? error.message : String(error), 0);
}
