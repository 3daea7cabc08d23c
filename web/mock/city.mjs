// A small made-up city for work on the page alone: pillars, plates, bridges and lamps by arithmetic, in the protocol's bytes.

export const DAYS = 360 * 1200;
export const LOW = [-640, -640, -320], HIGH = [640, 640, 512];
const mod = (a, b) => ((a % b) + b) % b;

/** Material of a cell on a day, and the day it was laid. */
export function cell(x, y, z, day) {
  if (x < LOW[0] || y < LOW[1] || z < LOW[2] || x >= HIGH[0] || y >= HIGH[1] || z >= HIGH[2]) return [0, 0];
  const laid = Math.floor(Math.hypot(x, y, z * 2) * 300) + 1;
  if (day < laid) return [0, 0];
  const px = mod(x, 160), py = mod(y, 160), pz = mod(z, 96);
  if (px > 60 && px < 100 && py > 60 && py < 100) return [px === 61 && mod(z, 24) === 3 && mod(y, 10) === 5 ? 11 : 2, laid];
  if (pz < 4 && mod(Math.floor(x / 160) + Math.floor(y / 160), 2) === 0) return [pz === 0 && mod(x, 20) === 7 && mod(y, 20) === 7 ? 11 : 3, laid];
  if (pz > 40 && pz < 43 && py > 76 && py < 84) return [5, laid];
  if (pz === 43 && (py === 77 || py === 83) && mod(x, 4) === 0) return [21, laid];
  if (px < 24 && py < 36 && pz < 70) return [mod(x + y, 7) < 5 || mod(z, 5) ? 4 : 11, laid];
  return [0, 0];
}

/** Quads of a chunk: one a run of equal faces, with the light of its corners all alike within the run. */
export function quads(level, cx, cy, cz, day) {
  const s = 1 << level, n = 32, words = [];
  const grid = new Uint8Array(34 ** 3), when = new Uint32Array(34 ** 3);
  const at = (p) => ((p[2] + 1) * 34 + p[1] + 1) * 34 + p[0] + 1;
  for (let z = -1; z <= n; z++) for (let y = -1; y <= n; y++) for (let x = -1; x <= n; x++) {
    const [m, laid] = cell((cx * n + x) * s, (cy * n + y) * s, (cz * n + z) * s, day);
    grid[at([x, y, z])] = m;
    when[at([x, y, z])] = laid;
  }
  const shade = (p, u, v, du, dv) => {
    const side1 = grid[at(off(p, u, du))] > 0, side2 = grid[at(off(p, v, dv))] > 0, corner = grid[at(off(off(p, u, du), v, dv))] > 0;
    return side1 && side2 ? 0 : 3 - side1 - side2 - corner;
  };
  for (let face = 0; face < 6; face++) {
    const a = face >> 1, u = (a + 1) % 3, v = (a + 2) % 3, step = face & 1 ? 1 : -1;
    for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) {
      let run = null;
      for (let j = 0; j <= n; j++) {
        const p = [0, 0, 0];
        p[a] = i; p[u] = j; p[v] = k;
        let key = 0;
        if (j < n && grid[at(p)] && !grid[at(off(p, a, step))]) {
          const o = off(p, a, step);
          const ao = [shade(o, u, v, -1, -1), shade(o, u, v, 1, -1), shade(o, u, v, 1, 1), shade(o, u, v, -1, 1)];
          key = grid[at(p)] | (ao[0] << 8) | (ao[1] << 10) | (ao[2] << 12) | (ao[3] << 14);
        }
        if (run && key === run.key) run.w++;
        else {
          if (run) words.push(run.lo | ((run.w - 1) << 21), run.key | (Math.floor(run.laid / 360) << 16), run.foreman + 1);
          run = key ? { key, w: 1, lo: p[0] | (p[1] << 6) | (p[2] << 12) | (face << 18), laid: when[at(p)], foreman: mod(cx + cy * 7 + cz * 13, 64) } : null;
        }
      }
    }
  }
  return Uint32Array.from(words, (w) => w >>> 0);
}

function off(p, axis, d) {
  const q = [...p];
  q[axis] += d;
  return q;
}

export function boxes(tx, ty, tz) {
  const list = [];
  const add = (x, y, z, sx, sy, sz, material) => {
    const low = [x, y, z].map((c, i) => c - [tx, ty, tz][i] * 2048);
    if (low.some((c) => c < 0 || c >= 2048)) return;
    const first = Math.floor(Math.hypot(x + sx / 2, y + sy / 2, (z + sz / 2) * 2) * 300) + 1;
    list.push({ low, size: [sx, sy, sz], material, first, volume: sx * sy * sz });
  };
  for (let i = -4; i < 4; i++) for (let j = -4; j < 4; j++) {
    const x = i * 160, y = j * 160;
    for (let z = LOW[2]; z < HIGH[2]; z += 96) {
      const h = Math.min(96, HIGH[2] - z);
      add(x + 61, y + 61, z, 39, 39, h, 2);
      add(x, y, z + 32, 24, 36, Math.min(70, h), 4);
      if (mod(i + j, 2) === 0) add(x, y, Math.ceil(z / 96) * 96, 160, 160, 4, 3);
    }
  }
  list.sort((a, b) => b.volume - a.volume);
  const bytes = Buffer.alloc(4 + list.length * 28);
  bytes.writeUInt32LE(list.length, 0);
  list.forEach((b, i) => {
    const o = 4 + i * 24;
    b.low.forEach((c, k) => bytes.writeInt16LE(c, o + k * 2));
    b.size.forEach((c, k) => bytes.writeUInt16LE(c, o + 6 + k * 2));
    bytes.writeUInt32LE(b.first, o + 12);
    bytes.writeUInt32LE(0xffffffff, o + 16);
    bytes.writeUInt16LE(3600, o + 20);
    bytes.writeUInt8(b.material, o + 22);
    bytes.writeUInt32LE(i % 64, 4 + list.length * 24 + i * 4);
  });
  return bytes;
}
