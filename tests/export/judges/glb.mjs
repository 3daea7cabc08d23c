// What Khronos' validator says of a .glb: its issues, and what it counted.
import { readFileSync } from 'node:fs';
import { validateBytes } from 'gltf-validator';

const report = await validateBytes(new Uint8Array(readFileSync(process.argv[2])), { maxIssues: 20 });
const { numErrors, numWarnings, numInfos, numHints, messages } = report.issues;
const { totalTriangleCount, totalVertexCount, drawCallCount, materialCount, extensionsUsed } = report.info;
console.log(JSON.stringify({
  errors: numErrors, warnings: numWarnings, infos: numInfos, hints: numHints, messages,
  triangles: totalTriangleCount, vertices: totalVertexCount, draws: drawCallCount, materials: materialCount, extensionsUsed,
}));
