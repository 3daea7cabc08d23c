/** Shaders and what they share: one set of uniforms for all matter, so that nothing can disagree about light. */

import { DataTexture, GLSL3, LinearFilter, NearestFilter, RawShaderMaterial, RGBAFormat, UnsignedByteType, Vector3, Vector4, type IUniform } from "three";
import type { Info, Vec3 } from "./protocol";
import boxFrag from "./shaders/box.frag?raw";
import boxVert from "./shaders/box.vert?raw";
import common from "./shaders/common.glsl?raw";
import figureFrag from "./shaders/figure.frag?raw";
import figureVert from "./shaders/figure.vert?raw";
import lineFrag from "./shaders/line.frag?raw";
import lineVert from "./shaders/line.vert?raw";
import quadFrag from "./shaders/quad.frag?raw";
import quadVert from "./shaders/quad.vert?raw";
import surface from "./shaders/surface.glsl?raw";

export type Uniforms = Record<string, IUniform>;

// Panel width and height in cells, contrast between panels, streaks of rain: by the name of a material.
const SKINS: Record<string, [number, number, number, number]> = {
  SHELL: [12, 8, 0.30, 0.8], PILLAR: [8, 12, 0.26, 1], SLAB: [6, 6, 0.26, 0.3], WALL: [4, 6, 0.28, 0.9], GIRDER: [3, 24, 0.22, 0.7],
  CATWALK: [2, 2, 0.30, 0.2], STAIR: [2, 1, 0.25, 0.2], CLADDING: [3, 5, 0.30, 0.8], PIPE: [24, 3, 0.20, 0.9], CONDUIT: [24, 4, 0.18, 0.5],
  RUBBLE: [1.7, 1.3, 0.8, 0.2], HABITAT: [3, 3, 0.5, 0.7], BARRICADE: [1.5, 2.5, 0.6, 0.6],
};
const PLAIN: [number, number, number, number] = [4, 4, 0.25, 0.4];

/** Colours as declared are for a screen; light adds up in other numbers. */
function linear(c: number): number {
  const v = c > 1 ? c / 255 : c;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
}

export class Materials {
  readonly shared: Uniforms;
  readonly quads: RawShaderMaterial;
  readonly figures: RawShaderMaterial;
  readonly lines: RawShaderMaterial;
  private overlayTexture: DataTexture;

  constructor(info: Info) {
    const palette = Array.from({ length: 32 }, () => new Vector4(0.1, 0.1, 0.1, 0));
    const skin = Array.from({ length: 32 }, () => new Vector4(...PLAIN));
    info.materials.slice(0, 32).forEach((m, i) => {
      palette[i].set(linear(m.rgb[0]), linear(m.rgb[1]), linear(m.rgb[2]), m.glow);
      skin[i].set(...(SKINS[m.name.toUpperCase()] ?? PLAIN));
    });
    this.overlayTexture = blank();
    this.shared = {
      eyeCell: { value: new Int32Array(3) },
      eyeIn: { value: new Vector3() },
      palette: { value: palette },
      skin: { value: skin },
      night: { value: 0 },
      ink: { value: 0 },
      fog: { value: 0.0019 },
      fogLow: { value: new Vector3(0.10, 0.125, 0.142) },
      fogHigh: { value: new Vector3(0.31, 0.36, 0.385) },
      mistZ: { value: 0 },
      tint: { value: 0 },
      overlay: { value: this.overlayTexture },
      lamps: { value: null },
      lampsLow: { value: new Int32Array(3) },
      torch: { value: new Vector4(0, 0, 0, 0) },
      covered: { value: null },
      coveredLow: { value: new Int32Array(3) },
      coveredSpan: { value: 1 },
      day: { value: 0 },
    };
    this.quads = this.material(quadVert, quadFrag, { pool: { value: null } });
    this.figures = this.material(figureVert, figureFrag, {});
    this.figures.side = 2;
    this.lines = this.material(lineVert, lineFrag, {});
  }

  /** The boxes of a tile: their own corner and words, everything else shared. */
  boxes(low: Vec3, boxes: DataTexture): RawShaderMaterial {
    return this.material(boxVert, boxFrag, { tileLow: { value: Int32Array.from(low) }, boxes: { value: boxes }, count: { value: 0 } });
  }

  private material(vertex: string, fragment: string, own: Uniforms): RawShaderMaterial {
    return new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: common + vertex,
      fragmentShader: common + surface + fragment,
      uniforms: { ...this.shared, ...own },
    });
  }

  setEye(cell: Vec3, within: Vec3): void {
    (this.shared["eyeCell"].value as Int32Array).set(cell);
    (this.shared["eyeIn"].value as Vector3).set(...within);
  }

  /** Colours of foremen by serial, four bytes each; null takes the overlay away. */
  setOverlay(colours: Uint8Array | null): void {
    this.overlayTexture.dispose();
    if (colours === null) {
      this.overlayTexture = blank();
    } else {
      const rows = Math.max(1, Math.ceil(colours.length / 4096));
      const data = new Uint8Array(rows * 4096);
      data.set(colours);
      this.overlayTexture = new DataTexture(data, 1024, rows, RGBAFormat, UnsignedByteType);
      this.overlayTexture.minFilter = this.overlayTexture.magFilter = NearestFilter;
      this.overlayTexture.needsUpdate = true;
    }
    this.shared["overlay"].value = this.overlayTexture;
    this.shared["tint"].value = colours === null ? 0 : 1;
  }
}

function blank(): DataTexture {
  const texture = new DataTexture(new Uint8Array(4), 1, 1, RGBAFormat, UnsignedByteType);
  texture.minFilter = texture.magFilter = LinearFilter;
  texture.needsUpdate = true;
  return texture;
}
