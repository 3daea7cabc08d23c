/** What hands do: keys held, drags, pinches, wheels, sticks. It says what is wished and moves nothing itself. */

export interface Gestures {
  /** Look: pixels dragged. */
  look(dx: number, dy: number): void;
  /** Two fingers or the wheel: pixels across, pixels up, and steps ahead. */
  shove(dx: number, dy: number, ahead: number): void;
  /** A tap or a click that was no drag; where, in pixels of the canvas. */
  tap(x: number, y: number): void;
  /** A key that is pressed once. */
  key(code: string, shift: boolean): void;
  lock(on: boolean): void;
}

export interface Wish {
  ahead: number;
  right: number;
  up: number;
  fast: boolean;
  jump: boolean;
}

export class Hands {
  private readonly held = new Set<string>();
  private readonly fingers = new Map<number, [number, number]>();
  private dragged = 0;
  private locked = false;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly to: Gestures,
  ) {
    addEventListener("keydown", (e) => this.down(e));
    addEventListener("keyup", (e) => this.held.delete(e.code));
    addEventListener("blur", () => this.held.clear());
    canvas.addEventListener("pointerdown", (e) => this.touch(e));
    canvas.addEventListener("pointermove", (e) => this.move(e));
    canvas.addEventListener("pointerup", (e) => this.lift(e));
    canvas.addEventListener("pointercancel", (e) => this.fingers.delete(e.pointerId));
    canvas.addEventListener("wheel", (e) => (e.preventDefault(), to.shove(0, 0, -Math.sign(e.deltaY) * Math.min(3, Math.abs(e.deltaY) / 60))), { passive: false });
    canvas.addEventListener("contextmenu", (e) => e.preventDefault());
    canvas.addEventListener("dblclick", () => void canvas.requestPointerLock?.());
    document.addEventListener("pointerlockchange", () => {
      this.locked = document.pointerLockElement === canvas;
      document.body.classList.toggle("locked", this.locked);
      to.lock(this.locked);
    });
  }

  private down(e: KeyboardEvent): void {
    const field = e.target instanceof HTMLInputElement && (e.target.type === "search" || e.target.type === "text");
    if (field || e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
    if (e.target instanceof HTMLButtonElement && (e.code === "Space" || e.code === "Enter")) return;
    // The slider keeps its own keys; everything else belongs to the city.
    if (e.target instanceof HTMLInputElement && /^(Arrow|Home|End|Page)/.test(e.code)) return;
    if (!e.repeat) this.to.key(e.code, e.shiftKey);
    this.held.add(e.code);
    if (/^(Arrow|Space)/.test(e.code)) e.preventDefault();
  }

  private touch(e: PointerEvent): void {
    this.canvas.focus({ preventScroll: true });
    this.fingers.set(e.pointerId, [e.clientX, e.clientY]);
    if (this.fingers.size === 1) this.dragged = 0;
    else this.dragged = 1e9; // two fingers are never a tap
    if (!this.locked) this.canvas.setPointerCapture(e.pointerId);
  }

  private move(e: PointerEvent): void {
    if (this.locked) return this.to.look(-e.movementX, -e.movementY);
    const before = this.fingers.get(e.pointerId);
    if (before === undefined) return;
    const [dx, dy] = [e.clientX - before[0], e.clientY - before[1]];
    this.dragged += Math.abs(dx) + Math.abs(dy);
    if (this.fingers.size >= 2) {
      const other = [...this.fingers].find(([id]) => id !== e.pointerId)?.[1] ?? before;
      const span = Math.hypot(e.clientX - other[0], e.clientY - other[1]) - Math.hypot(before[0] - other[0], before[1] - other[1]);
      this.to.shove(dx / 2, dy / 2, span / 40);
    } else if (e.buttons === 2 || e.buttons === 4) this.to.shove(dx, dy, 0);
    else if (this.dragged > 3) this.to.look(dx, dy);
    this.fingers.set(e.pointerId, [e.clientX, e.clientY]);
  }

  private lift(e: PointerEvent): void {
    const had = this.fingers.delete(e.pointerId);
    if (this.locked) {
      const box = this.canvas.getBoundingClientRect();
      if (e.button === 0) this.to.tap(box.width / 2, box.height / 2);
    } else if (had && this.dragged <= 5 && e.button === 0) {
      const box = this.canvas.getBoundingClientRect();
      this.to.tap(e.clientX - box.left, e.clientY - box.top);
    }
  }

  /** What is wished just now. Also reads the first gamepad, whose right stick looks. */
  wish(seconds: number): Wish {
    const on = (...codes: string[]): number => (codes.some((c) => this.held.has(c)) ? 1 : 0);
    const wish: Wish = {
      ahead: on("KeyW", "ArrowUp") - on("KeyS", "ArrowDown"),
      right: on("KeyD", "ArrowRight") - on("KeyA", "ArrowLeft"),
      up: on("KeyE", "PageUp") - on("KeyQ", "PageDown"),
      fast: on("ShiftLeft", "ShiftRight") > 0,
      jump: on("Space") > 0,
    };
    const pad = navigator.getGamepads?.().find((p) => p?.mapping === "standard");
    if (pad) {
      const dead = (v: number): number => (Math.abs(v) < 0.15 ? 0 : v);
      wish.right += dead(pad.axes[0]);
      wish.ahead -= dead(pad.axes[1]);
      const [lx, ly] = [dead(pad.axes[2]), dead(pad.axes[3])];
      if (lx !== 0 || ly !== 0) this.to.look(-lx * 600 * seconds, -ly * 600 * seconds);
      wish.up += (pad.buttons[7]?.value ?? 0) - (pad.buttons[6]?.value ?? 0);
      wish.jump ||= pad.buttons[0]?.pressed ?? false;
      wish.fast ||= pad.buttons[10]?.pressed ?? false;
    }
    return wish;
  }
}
