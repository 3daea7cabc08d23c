/**
 * All quads on the graphics card: one texture, in pages of 128. A chunk owns whole pages, and a picture is one draw of
 * the pages in view; the shader reads each quad by the number of its vertex. Nothing is expanded and nothing is copied.
 */

import { DataTexture, NearestFilter, RGBAIntegerFormat, UnsignedIntType } from "three";
import { QUAD_WORDS } from "./protocol";

export const PAGE = 128;
export const PAGES_A_ROW = 16;

export class QuadPool {
  readonly texture: DataTexture;
  readonly capacity: number;
  private readonly words: Uint32Array;
  private readonly free: number[];

  constructor(quads: number) {
    const rows = Math.ceil(quads / (PAGE * PAGES_A_ROW));
    this.capacity = rows * PAGES_A_ROW;
    this.words = new Uint32Array(this.capacity * PAGE * 4);
    this.free = Array.from({ length: this.capacity }, (_, i) => this.capacity - 1 - i);
    this.texture = new DataTexture(this.words, PAGE * PAGES_A_ROW, rows, RGBAIntegerFormat, UnsignedIntType);
    this.texture.internalFormat = "RGBA32UI";
    this.texture.minFilter = this.texture.magFilter = NearestFilter;
    this.texture.unpackAlignment = 4;
    this.texture.needsUpdate = true;
  }

  get freePages(): number {
    return this.free.length;
  }

  /** Pages that hold these quads, or null when there is no room. */
  put(quads: Uint32Array): number[] | null {
    const count = quads.length / QUAD_WORDS;
    const needed = Math.ceil(count / PAGE);
    if (needed > this.free.length) return null;
    const pages = this.free.splice(this.free.length - needed, needed);
    pages.forEach((page, p) => {
      const end = Math.min(count, (p + 1) * PAGE);
      let to = page * PAGE * 4;
      for (let i = p * PAGE; i < end; i++, to += 4) {
        this.words[to] = quads[i * 3];
        this.words[to + 1] = quads[i * 3 + 1];
        this.words[to + 2] = quads[i * 3 + 2];
      }
      this.texture.addUpdateRange(page * PAGE * 4, PAGE * 4);
    });
    if (pages.length > 0) this.texture.needsUpdate = true;
    return pages;
  }

  release(pages: readonly number[]): void {
    this.free.push(...pages);
  }

  /** After the context was lost everything must be sent again. */
  restore(): void {
    this.texture.clearUpdateRanges();
    this.texture.needsUpdate = true;
  }
}
