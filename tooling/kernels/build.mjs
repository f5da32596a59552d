// Turns the .wat kernels of @hashee/runtime-onnx into the .wasm.ts modules beside them. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const KERNELS = ['adamw'];
const folder = fileURLToPath(new URL('../../packages/runtime-onnx/src/training/kernels/', import.meta.url));

/** The TypeScript module that carries a kernel's bytes. */
export async function kernelModule(name) {
  const { parseWat } = await wabt();
  const source = readFileSync(`${folder}${name}.wat`, 'utf8');
  const { buffer } = parseWat(`${name}.wat`, source, { simd: true }).toBinary({});
  return `/** Made from ${name}.wat by tooling/kernels. */\nexport const ${name}Base64: string =\n  '${Buffer.from(buffer).toString('base64')}';\n`;
}

/** The module as it is in the repository. */
export function committedModule(name) {
  return readFileSync(`${folder}${name}.wasm.ts`, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const name of KERNELS) writeFileSync(`${folder}${name}.wasm.ts`, await kernelModule(name));
