/** The far city: works as boxes, one draw a tile. They know their days, so the year slider asks for nothing. */

import { BufferAttribute, DataTexture, InstancedBufferGeometry, Mesh, NearestFilter, RGBAIntegerFormat, UnsignedIntType, type RawShaderMaterial, type Scene } from "three";
import { distanceTo, type Seen } from "./lod";
import type { Materials } from "./materials";
import { BOX_WORDS, BOXES_A_ROW, type BoxTile, type Info, type Vec3 } from "./protocol";
import type { Source } from "./source";

const PAGE = 64; // boxes of an instance: a card, or a processor that plays one, begins anew with each instance

interface Tile {
  at: Vec3;
  low: Vec3;
  boxes: BoxTile | null;
  mesh: Mesh<InstancedBufferGeometry, RawShaderMaterial> | null;
  shown: number;
  asked: boolean;
}

/** How many boxes from the front of a tile are of at least some volume; they come sorted, the greatest first. */
export function prefixOf(tile: BoxTile, volume: number): number {
  let low = 0, high = tile.count;
  while (low < high) {
    const mid = (low + high) >> 1;
    const o = mid * BOX_WORDS;
    const size = (tile.words[o + 1] >>> 16) * (tile.words[o + 2] & 65535) * (tile.words[o + 2] >>> 16);
    if (size >= volume) low = mid + 1;
    else high = mid;
  }
  return low;
}

export class Boxes {
  full = false;
  drawn = 0;
  count = 0;
  failure: string | null = null;
  private tiles: Tile[] = [];
  private inFlight = 0;
  private size = 2048;
  private readonly index: BufferAttribute;

  constructor(
    private readonly source: Source,
    private readonly scene: Scene,
    private readonly materials: Materials,
    private readonly budget: number,
  ) {
    const corners = new Uint16Array(PAGE * 18);
    for (let face = 0; face < PAGE * 3; face++) [0, 1, 2, 0, 2, 3].forEach((corner, i) => (corners[face * 6 + i] = face * 4 + corner));
    this.index = new BufferAttribute(corners, 1);
  }

  setTiles(info: Info): void {
    this.size = info.tile_cells;
    const known = new Map(this.tiles.map((t) => [t.at.join(), t]));
    this.tiles = info.tiles.map(([tx, ty, tz]) => {
      const at: Vec3 = [tx, ty, tz];
      return known.get(at.join()) ?? { at, low: at.map((c) => c * this.size) as Vec3, boxes: null, mesh: null, shown: 0, asked: false };
    });
  }

  /** A living run has laid more: every tile is read again, and the old one stays until the new one is here. */
  expire(info: Info): void {
    this.setTiles(info);
    for (const tile of this.tiles) tile.asked = false;
    this.full = false;
  }

  /** Reads what is missing, nearest first. */
  pump(eye: Vec3): void {
    const missing = this.tiles.filter((t) => !t.asked).sort((a, b) => this.distance(a, eye) - this.distance(b, eye));
    this.full = missing.length === 0 && this.inFlight === 0;
    while (this.inFlight < 2 && missing.length > 0) {
      const tile = missing.shift();
      if (tile) void this.read(tile, eye);
    }
  }

  private distance(tile: Tile, eye: Vec3): number {
    return distanceTo(eye, ...tile.low, this.size);
  }

  private async read(tile: Tile, eye: Vec3): Promise<void> {
    tile.asked = true;
    this.inFlight++;
    try {
      const boxes = await this.source.boxes(tile.at);
      this.count += boxes.count - (tile.boxes?.count ?? 0);
      tile.boxes = boxes;
      this.build(tile);
      this.failure = null;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      setTimeout(() => (tile.asked = false), 2000);
    } finally {
      this.inFlight--;
    }
    this.pump(eye);
  }

  private build(tile: Tile): void {
    if (tile.mesh) {
      this.scene.remove(tile.mesh);
      tile.mesh.geometry.dispose();
      (tile.mesh.material.uniforms["boxes"].value as DataTexture).dispose();
    }
    tile.mesh = null;
    if (!tile.boxes || tile.boxes.count === 0) return;
    const { words } = tile.boxes;
    const texture = new DataTexture(words, BOXES_A_ROW * 2, words.length / (BOXES_A_ROW * BOX_WORDS), RGBAIntegerFormat, UnsignedIntType);
    texture.internalFormat = "RGBA32UI";
    texture.minFilter = texture.magFilter = NearestFilter;
    texture.needsUpdate = true;
    const geometry = new InstancedBufferGeometry();
    geometry.setIndex(this.index);
    tile.mesh = new Mesh(geometry, this.materials.boxes(tile.low, texture));
    tile.mesh.frustumCulled = false;
    tile.mesh.renderOrder = 1; // after the voxels, which hide most of them
    this.scene.add(tile.mesh);
  }

  /** Shows the first boxes of a tile. */
  private show(tile: Tile, count: number): void {
    if (!tile.mesh) return;
    tile.mesh.visible = count > 0;
    tile.mesh.geometry.instanceCount = Math.ceil(count / PAGE);
    tile.mesh.material.uniforms["count"].value = count;
    this.drawn += count - tile.shown;
    tile.shown = count;
  }

  /** Settles how many boxes of each tile a picture shows: none smaller than about a pixel, and no more than the budget. */
  choose(eye: Vec3, seen: Seen, pixel: number): void {
    for (let coarse = 1; ; coarse *= 1.6) {
      for (const tile of this.tiles) {
        if (!tile.mesh || !tile.boxes) continue;
        const inView = seen(...tile.low, this.size);
        const least = this.distance(tile, eye) * pixel * coarse;
        this.show(tile, inView ? prefixOf(tile.boxes, least ** 3) : 0);
      }
      if (this.drawn <= this.budget || coarse > 200) return;
      // The tile of the eye has distance 0: beyond the budget its smallest boxes go, too.
      if (this.capNear(eye, seen)) return;
    }
  }

  private capNear(eye: Vec3, seen: Seen): boolean {
    const near = this.tiles.filter((t) => t.mesh?.visible && this.distance(t, eye) < this.size && seen(...t.low, this.size));
    const total = near.reduce((sum, t) => sum + t.shown, 0);
    if (total < this.budget * 0.7) return false;
    const share = (this.budget * 0.7) / total;
    for (const tile of near) this.show(tile, Math.floor(tile.shown * share));
    return this.drawn <= this.budget;
  }

  /** Distance to the nearest box that stands on a day: how near the far city is, where no voxels are held. */
  nearest(eye: Vec3, day: number, far: number): number {
    let best = far;
    for (const tile of this.tiles) {
      if (!tile.boxes || this.distance(tile, eye) > best) continue;
      const { words, count } = tile.boxes;
      const local = eye.map((c, i) => c - tile.low[i]);
      for (let i = 0; i < Math.min(count, 4000); i++) {
        const o = i * BOX_WORDS;
        if (words[o + 3] > day || words[o + 4] <= day) continue;
        const x = (words[o] << 16) >> 16, y = words[o] >> 16, z = (words[o + 1] << 16) >> 16;
        const dx = Math.max(x - local[0], 0, local[0] - x - (words[o + 1] >>> 16));
        const dy = Math.max(y - local[1], 0, local[1] - y - (words[o + 2] & 65535));
        const dz = Math.max(z - local[2], 0, local[2] - z - (words[o + 2] >>> 16));
        const square = dx * dx + dy * dy + dz * dz;
        if (square < best * best) best = Math.sqrt(square);
      }
    }
    return best;
  }
}
