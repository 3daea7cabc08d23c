/** Keys of places in maps. */

export function encodeKey(x: number, y: number, z: number): string {
  return `${x},${y},${z}`;
}
