/** From a pose to a picture: matter and figures into a buffer of light, then halos, film or ink onto the page. */

import {
  BufferAttribute, BufferGeometry, DepthTexture, GLSL3, HalfFloatType, LinearFilter, Mesh, NearestFilter, PerspectiveCamera,
  RawShaderMaterial, Scene, UnsignedByteType, UnsignedIntType, Vector2, Vector3, WebGLRenderTarget, WebGLRenderer, type IUniform,
} from "three";
import type { Materials } from "./materials";
import finishFrag from "./shaders/finish.frag?raw";
import haloFrag from "./shaders/halo.frag?raw";
import screenVert from "./shaders/screen.vert?raw";
import { forward, upward, type Pose } from "./view";

export const FOV = (62 * Math.PI) / 180;

export class Picture {
  readonly renderer: WebGLRenderer;
  readonly scene = new Scene();
  readonly camera = new PerspectiveCamera((FOV * 180) / Math.PI, 1, 0.2, 20_000);
  /** The share of the screen's own pixels that is drawn. */
  scale = 1;
  near = 0.2;
  deep = true;
  /** When the last picture was ready that was waited for, and how long it took: milliseconds. */
  readyAt = -Infinity;
  took = 0;
  private begun = 0;
  private fence: WebGLSync | null = null;
  private target: WebGLRenderTarget;
  private halo: [WebGLRenderTarget, WebGLRenderTarget];
  private readonly screen = new Scene();
  private readonly flat = new PerspectiveCamera();
  private readonly finish: RawShaderMaterial;
  private readonly blur: RawShaderMaterial;
  private readonly sheet: Mesh<BufferGeometry, RawShaderMaterial>;

  constructor(
    canvas: HTMLCanvasElement,
    private readonly materials: Materials,
  ) {
    this.renderer = new WebGLRenderer({ canvas, antialias: false, alpha: false, powerPreference: "high-performance", preserveDrawingBuffer: true });
    this.renderer.autoClear = false;
    this.renderer.debug.checkShaderErrors = true;
    const uniforms: Record<string, IUniform> = {
      picture: { value: null }, depths: { value: null }, halo: { value: null }, texel: { value: new Vector2() },
      nearFar: { value: new Vector2() }, lens: { value: new Vector2() }, deep: { value: 1 }, rise: { value: new Vector2() },
      ink: materials.shared["ink"], night: materials.shared["night"],
      fogLow: materials.shared["fogLow"], fogHigh: materials.shared["fogHigh"],
    };
    const screenMaterial = (fragmentShader: string, own: Record<string, IUniform>): RawShaderMaterial =>
      new RawShaderMaterial({ glslVersion: GLSL3, vertexShader: screenVert, fragmentShader, uniforms: own, depthTest: false, depthWrite: false });
    this.finish = screenMaterial(finishFrag, uniforms);
    this.blur = screenMaterial(haloFrag, { picture: { value: null }, along: { value: new Vector2() }, bright: { value: 1 } });
    const triangle = new BufferGeometry();
    triangle.setAttribute("position", new BufferAttribute(new Float32Array([-1, -1, 0, 3, -1, 0, -1, 3, 0]), 3));
    this.sheet = new Mesh(triangle, this.finish);
    this.sheet.frustumCulled = false;
    this.screen.add(this.sheet);
    this.camera.up.set(0, 0, 1);
    this.target = this.buffer(4, 4, true);
    this.halo = [this.buffer(2, 2, false), this.buffer(2, 2, false)];
  }

  private buffer(width: number, height: number, deep: boolean): WebGLRenderTarget {
    const gl = this.renderer.getContext();
    const floats = gl.getExtension("EXT_color_buffer_float") ?? gl.getExtension("EXT_color_buffer_half_float");
    const target = new WebGLRenderTarget(width, height, {
      type: floats ? HalfFloatType : UnsignedByteType, minFilter: LinearFilter, magFilter: LinearFilter, depthBuffer: deep,
    });
    if (deep) {
      target.depthTexture = new DepthTexture(width, height, UnsignedIntType);
      target.depthTexture.minFilter = target.depthTexture.magFilter = NearestFilter;
    }
    return target;
  }

  get aspect(): number {
    return this.camera.aspect;
  }

  get height(): number {
    return this.target.height;
  }

  /** Fits the buffers to the canvas as it is laid out. Returns whether anything changed. */
  fit(): boolean {
    const canvas = this.renderer.domElement;
    const width = Math.max(2, Math.round(canvas.clientWidth * this.scale)), height = Math.max(2, Math.round(canvas.clientHeight * this.scale));
    if (this.target.width === width && this.target.height === height) return false;
    this.renderer.setPixelRatio(1);
    this.renderer.setSize(width, height, false);
    this.target.dispose();
    this.halo.forEach((h) => h.dispose());
    this.target = this.buffer(width, height, true);
    const [w, h] = [Math.max(2, width >> 2), Math.max(2, height >> 2)];
    this.halo = [this.buffer(w, h, false), this.buffer(w, h, false)];
    this.camera.aspect = width / height;
    return true;
  }

  /** Draws one picture, synchronously. */
  draw(pose: Pose): void {
    const { renderer, camera, materials } = this;
    const cell = pose.eye.map(Math.floor) as [number, number, number];
    const within = pose.eye.map((c, i) => c - cell[i]) as [number, number, number];
    materials.setEye(cell, within);
    camera.near = this.near;
    camera.far = 24_000;
    camera.position.set(...within);
    const f = forward(pose);
    camera.lookAt(new Vector3(within[0] + f[0], within[1] + f[1], within[2] + f[2]));
    camera.updateProjectionMatrix();
    const ink = materials.shared["ink"].value > 0.5;
    renderer.setRenderTarget(this.target);
    renderer.setClearColor(ink ? 0xffffff : 0x000000, 1);
    renderer.clear();
    renderer.render(this.scene, camera);
    if (!ink) {
      this.pass(this.blur, this.halo[0], this.target, 1 / this.halo[0].width, 0, 1);
      this.pass(this.blur, this.halo[1], this.halo[0], 0, 1 / this.halo[0].height, 0);
      this.pass(this.blur, this.halo[0], this.halo[1], 2.2 / this.halo[0].width, 0, 0);
      this.pass(this.blur, this.halo[1], this.halo[0], 0, 2.2 / this.halo[0].height, 0);
    }
    const u = this.finish.uniforms;
    u["picture"].value = this.target.texture;
    u["depths"].value = this.target.depthTexture;
    u["halo"].value = this.halo[1].texture;
    (u["texel"].value as Vector2).set(1 / this.target.width, 1 / this.target.height);
    (u["nearFar"].value as Vector2).set(camera.near, camera.far);
    (u["lens"].value as Vector2).set(Math.tan(FOV / 2) * camera.aspect, Math.tan(FOV / 2));
    (u["rise"].value as Vector2).set(f[2], upward(pose)[2]);
    u["deep"].value = this.deep ? 1 : 0;
    this.sheet.material = this.finish;
    renderer.setRenderTarget(null);
    renderer.render(this.screen, this.flat);
  }

  /** From now on the picture that was just drawn is waited for: it is `busy` until it is ready. */
  wait(): void {
    const gl = this.renderer.getContext() as WebGL2RenderingContext;
    this.begun = performance.now();
    this.fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
  }

  get busy(): boolean {
    if (this.fence === null) return false;
    const gl = this.renderer.getContext() as WebGL2RenderingContext;
    if (gl.getSyncParameter(this.fence, gl.SYNC_STATUS) === gl.UNSIGNALED) return true; // neither where the context was lost
    gl.deleteSync(this.fence);
    this.fence = null;
    this.readyAt = performance.now();
    this.took = this.readyAt - this.begun;
    return false;
  }

  private pass(material: RawShaderMaterial, to: WebGLRenderTarget, from: WebGLRenderTarget, x: number, y: number, bright: number): void {
    material.uniforms["picture"].value = from.texture;
    (material.uniforms["along"].value as Vector2).set(x, y);
    material.uniforms["bright"].value = bright;
    this.sheet.material = material;
    this.renderer.setRenderTarget(to);
    this.renderer.render(this.screen, this.flat);
  }
}
