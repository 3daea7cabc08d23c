/** Whoever really stands near the eye on this day: people, units, the Wanderer with his lamp; and the way somebody went. */

import { BufferAttribute, BufferGeometry, InstancedBufferAttribute, InstancedBufferGeometry, Line, Mesh, Vector4, type Scene } from "three";
import type { Materials } from "./materials";
import type { Figure, Path, Vec3 } from "./protocol";
import type { Source } from "./source";

const REACH = 400;
const MOST = 400;

export class Figures {
  here: Figure[] = [];
  private at: Vec3 = [1e9, 0, 0];
  private day = -1;
  private busy = false;
  private retryAt = 0;
  private readonly stands = new Int32Array(MOST * 3);
  private readonly sorts = new Float32Array(MOST);
  private readonly geometry = new InstancedBufferGeometry();

  constructor(
    private readonly source: Source,
    scene: Scene,
    private readonly materials: Materials,
    private readonly changed: () => void,
  ) {
    this.geometry.setAttribute("position", new BufferAttribute(new Float32Array([-0.5, 0, 0, 0.5, 0, 0, 0.5, 0, 1.9, -0.5, 0, 1.9]), 3));
    this.geometry.setIndex([0, 1, 2, 0, 2, 3]);
    this.geometry.setAttribute("stands", new InstancedBufferAttribute(this.stands, 3));
    this.geometry.setAttribute("sort", new InstancedBufferAttribute(this.sorts, 1));
    this.geometry.instanceCount = 0;
    const mesh = new Mesh(this.geometry, materials.figures);
    mesh.frustumCulled = false;
    mesh.renderOrder = 2;
    scene.add(mesh);
  }

  /** Asks who is here, when the eye or the day has moved on. */
  update(eye: Vec3, day: number): void {
    const moved = Math.hypot(eye[0] - this.at[0], eye[1] - this.at[1], eye[2] - this.at[2]);
    if (this.busy || (moved < REACH / 4 && day === this.day) || performance.now() < this.retryAt) return;
    this.busy = true;
    this.at = [...eye];
    this.day = day;
    this.source
      .figures(day, eye, REACH)
      .then((figures) => {
        const key = (all: Figure[]): string => all.map((f) => f.name + f.at.join()).join();
        if (key(figures) === key(this.here)) return;
        this.here = figures.slice(0, MOST);
        this.place();
        this.changed();
      })
      .catch(() => (this.retryAt = performance.now() + 5000))
      .finally(() => (this.busy = false));
  }

  private place(): void {
    this.here.forEach((f, i) => {
      this.stands.set(f.at.map(Math.floor), i * 3);
      this.sorts[i] = f.what === "wanderer" ? 2 : f.what === "unit" ? 1 : 0;
    });
    this.geometry.instanceCount = this.here.length;
    this.geometry.attributes["stands"].needsUpdate = this.geometry.attributes["sort"].needsUpdate = true;
  }

  /** Before a picture: the Wanderer's lamp shines from where he stands; else, where it is dark or narrow, the reader's own. */
  light(eye: Vec3, dark: boolean): void {
    const he = this.here.find((f) => f.what === "wanderer");
    const torch = this.materials.shared["torch"].value as Vector4;
    const from = he ? [he.at[0] + 0.5, he.at[1] + 0.5, he.at[2] + 1.6] : eye;
    const [x, y, z] = from.map((c, i) => c - Math.floor(eye[i]));
    torch.set(x, y, z, he ? 0.9 : dark ? 0.22 : 0);
  }
}

export class PathLine {
  private line: Line | null = null;

  constructor(
    private readonly scene: Scene,
    private readonly materials: Materials,
  ) {}

  show(path: Path | null): void {
    if (this.line) {
      this.scene.remove(this.line);
      this.line.geometry.dispose();
      this.line = null;
    }
    if (!path || path.at.length < 2) return;
    const geometry = new BufferGeometry();
    geometry.setAttribute("point", new BufferAttribute(new Int32Array(path.at.flat().map(Math.floor)), 3));
    geometry.setAttribute("when", new BufferAttribute(new Float32Array(path.days), 1));
    geometry.setIndex(path.at.map((_, i) => i)); // without positions, the index says how many there are
    this.line = new Line(geometry, this.materials.lines);
    this.line.frustumCulled = false;
    this.line.renderOrder = 3;
    this.scene.add(this.line);
  }
}

/** Where somebody is on a day: at the last place that they had reached. Null before the first. */
export function placeOn(path: Path, day: number): Vec3 | null {
  let low = 0, high = path.days.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (path.days[mid] <= day) low = mid + 1;
    else high = mid;
  }
  return low > 0 ? path.at[low - 1] : null;
}
