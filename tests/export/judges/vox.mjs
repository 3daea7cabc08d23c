// What three's VOXLoader reads of a .vox: cells by colour number, models, and the bounds of the scene in the loader's own axes.
import { readFileSync } from 'node:fs';
import { Box3 } from 'three';
import { VOXLoader } from 'three/examples/jsm/loaders/VOXLoader.js';

const file = readFileSync(process.argv[2]);
const read = new VOXLoader().parse(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
const counts = {};
for (const { data } of read.chunks) {
  for (let i = 3; i < data.length; i += 4) counts[data[i]] = (counts[data[i]] ?? 0) + 1;
}
const box = new Box3().setFromObject(read.scene, true);
console.log(JSON.stringify({ models: read.chunks.length, counts, palette: read.chunks[0].palette.slice(0, 32), min: box.min.toArray(), max: box.max.toArray() }));
