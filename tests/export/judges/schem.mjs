// What prismarine-schematic reads of a .schem: size, offset, and how many blocks of each kind.
import { readFileSync } from 'node:fs';
import schematics from 'prismarine-schematic';

const read = await schematics.Schematic.read(readFileSync(process.argv[2]));
const counts = {};
read.blocks.forEach((n) => { counts[n] = (counts[n] ?? 0) + 1; });
const probe = {};
const start = read.start();
for (const at of JSON.parse(process.argv[3] ?? '[]')) {
  probe[at.join(',')] = read.getBlock(start.offset(...at)).name;
}
const size = read.end().minus(read.start()).offset(1, 1, 1);
console.log(JSON.stringify({ version: read.version, size: size.toArray(), palette: read.palette.length, counts, probe }));
