/** The near city as it is drawn: the pages of the pool in view, the cells that they cover, the light of their lamps. */

import {
  BufferAttribute, Data3DTexture, DynamicDrawUsage, InstancedBufferGeometry, InstancedInterleavedBuffer, InterleavedBufferAttribute,
  LinearFilter, Mesh, NearestFilter, RedFormat, UnsignedByteType, type Scene,
} from "three";
import type { Chunks } from "./chunks";
import { CHUNK, type Seen } from "./lod";
import type { Materials } from "./materials";
import { PAGE } from "./pool";
import { QUAD_WORDS, type Info, type Vec3 } from "./protocol";

const GRID = 64;
const LAMP_CELLS = 4; // a texel of light
const LAMP_REACH = 4; // texels that a lamp shines
const LAMPS_MAX = 2500;

export class Matter {
  pages = 0;
  lampsLit = 0;
  private readonly places: Int32Array;
  private readonly buffer: InstancedInterleavedBuffer;
  private readonly geometry = new InstancedBufferGeometry();
  private readonly covered = volume(NearestFilter);
  private readonly light = volume(LinearFilter);
  private readonly glows: boolean[];
  private drawnVersion = -1;
  private litVersion = -1;
  private litAt: Vec3 = [1e9, 0, 0];
  private litTime = 0;

  constructor(
    scene: Scene,
    private readonly chunks: Chunks,
    private readonly materials: Materials,
    info: Info,
  ) {
    this.glows = info.materials.map((m) => m.glow > 0.2);
    this.places = new Int32Array(Math.min(chunks.pool.capacity, 24_000) * 6);
    this.buffer = new InstancedInterleavedBuffer(this.places, 6);
    this.buffer.setUsage(DynamicDrawUsage);
    const index = new Uint16Array(PAGE * 6);
    for (let q = 0; q < PAGE; q++) [0, 1, 2, 0, 2, 3].forEach((corner, i) => (index[q * 6 + i] = q * 4 + corner));
    this.geometry.setIndex(new BufferAttribute(index, 1));
    this.geometry.setAttribute("place", new InterleavedBufferAttribute(this.buffer, 4, 0));
    this.geometry.setAttribute("page", new InterleavedBufferAttribute(this.buffer, 2, 4));
    materials.quads.uniforms["pool"].value = chunks.pool.texture;
    const mesh = new Mesh(this.geometry, materials.quads);
    mesh.frustumCulled = false;
    scene.add(mesh);
    materials.shared["covered"].value = this.covered;
    materials.shared["coveredSpan"].value = GRID * CHUNK;
    materials.shared["lamps"].value = this.light;
  }

  /** Before a picture: which pages are in view. */
  prepare(eye: Vec3, seen: Seen): void {
    this.pages = this.chunks.fill(this.places, seen);
    this.geometry.instanceCount = this.pages;
    this.buffer.clearUpdateRanges();
    this.buffer.addUpdateRange(0, Math.max(6, this.pages * 6));
    this.buffer.needsUpdate = true;
    if (this.drawnVersion !== this.chunks.version) {
      this.drawnVersion = this.chunks.version;
      this.cover(eye);
    }
    const moved = Math.hypot(eye[0] - this.litAt[0], eye[1] - this.litAt[1], eye[2] - this.litAt[2]) > 40;
    const now = performance.now();
    if (moved || (this.litVersion !== this.chunks.version && (now - this.litTime > 400 || this.chunks.full))) {
      this.litVersion = this.chunks.version;
      this.litTime = now;
      this.litAt = [...eye];
      this.shine(eye);
    }
  }

  private cover(eye: Vec3): void {
    const low = eye.map((c) => Math.floor(c / CHUNK) - GRID / 2) as Vec3;
    const data = this.covered.image.data as Uint8Array;
    data.fill(0);
    for (const [x, y, z, size] of this.chunks.covered()) {
      const n = size / CHUNK;
      const [i, j, k] = [x / CHUNK - low[0], y / CHUNK - low[1], z / CHUNK - low[2]];
      for (let c = Math.max(0, k); c < Math.min(GRID, k + n); c++)
        for (let b = Math.max(0, j); b < Math.min(GRID, j + n); b++)
          for (let a = Math.max(0, i); a < Math.min(GRID, i + n); a++) data[(c * GRID + b) * GRID + a] = 255;
    }
    this.covered.needsUpdate = true;
    (this.materials.shared["coveredLow"].value as Int32Array).set(low.map((c) => c * CHUNK));
  }

  /** Every lamp of the neighbourhood lights the texels around it; walls do not stop it, they are too near to matter. */
  private shine(eye: Vec3): void {
    const half = (GRID * LAMP_CELLS) / 2;
    const low = eye.map((c) => Math.floor(c / 16) * 16 - half) as Vec3;
    const data = this.light.image.data as Uint8Array;
    const sum = new Float32Array(data.length);
    const lamps: [number, number, number, number][] = [];
    for (const { words, origin, scale } of this.chunks.blocks(eye, half)) {
      for (let i = 0; i < words.length; i += QUAD_WORDS) {
        if (!this.glows[words[i + 1] & 255]) continue;
        const lo = words[i];
        const face = (lo >>> 18) & 7, a = face >> 1;
        const size = [0, 0, 0];
        size[(a + 1) % 3] = ((lo >>> 21) & 31) + 1;
        size[(a + 2) % 3] = ((lo >>> 26) & 31) + 1;
        const out = (face & 1) === 1 ? 1 : -1;
        const at = [lo & 63, (lo >>> 6) & 63, (lo >>> 12) & 63].map(
          (c, axis) => origin[axis] + (c + size[axis] / 2) * scale + (axis === a ? (face & 1) * scale + out * 2 : 0) - low[axis],
        );
        lamps.push([at[0], at[1], at[2], Math.min(3, Math.sqrt(Math.max(1, size[(a + 1) % 3] * size[(a + 2) % 3]))) * (0.5 + 0.5 * scale)]);
      }
    }
    lamps.sort((p, q) => far(p, half) - far(q, half));
    this.lampsLit = Math.min(lamps.length, LAMPS_MAX);
    for (const [x, y, z, bright] of lamps.slice(0, LAMPS_MAX)) {
      const [cx, cy, cz] = [x / LAMP_CELLS - 0.5, y / LAMP_CELLS - 0.5, z / LAMP_CELLS - 0.5];
      for (let k = Math.max(0, Math.ceil(cz - LAMP_REACH)); k <= Math.min(GRID - 1, Math.floor(cz + LAMP_REACH)); k++)
        for (let j = Math.max(0, Math.ceil(cy - LAMP_REACH)); j <= Math.min(GRID - 1, Math.floor(cy + LAMP_REACH)); j++)
          for (let i = Math.max(0, Math.ceil(cx - LAMP_REACH)); i <= Math.min(GRID - 1, Math.floor(cx + LAMP_REACH)); i++) {
            const d = Math.sqrt((i - cx) ** 2 + (j - cy) ** 2 + (k - cz) ** 2);
            if (d < LAMP_REACH) sum[(k * GRID + j) * GRID + i] += bright * (1 - d / LAMP_REACH) ** 2;
          }
    }
    // The square root spends the 256 steps on the dark, where they show; the shader squares it again.
    for (let i = 0; i < sum.length; i++) data[i] = sum[i] > 0 ? Math.min(255, 255 * Math.sqrt(sum[i] / 4)) : 0;
    this.light.needsUpdate = true;
    (this.materials.shared["lampsLow"].value as Int32Array).set(low);
  }

  /** After the context was lost. */
  restore(): void {
    this.chunks.pool.restore();
    this.covered.needsUpdate = this.light.needsUpdate = true;
    this.buffer.clearUpdateRanges();
    this.buffer.needsUpdate = true;
  }
}

function far(p: readonly number[], middle: number): number {
  return (p[0] - middle) ** 2 + (p[1] - middle) ** 2 + (p[2] - middle) ** 2;
}

function volume(filter: typeof NearestFilter | typeof LinearFilter): Data3DTexture {
  const texture = new Data3DTexture(new Uint8Array(GRID ** 3), GRID, GRID, GRID);
  texture.format = RedFormat;
  texture.type = UnsignedByteType;
  texture.minFilter = texture.magFilter = filter;
  texture.unpackAlignment = 1;
  texture.needsUpdate = true;
  return texture;
}
