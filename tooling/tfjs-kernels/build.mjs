// Compiles src/encoder.as (AssemblyScript) into packages/runtime-tfjs/src/wasm/encoder.wasm.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const source = fileURLToPath(new URL('src/encoder.as', import.meta.url));
const target = fileURLToPath(new URL('../../packages/runtime-tfjs/src/wasm/encoder.wasm.ts', import.meta.url));

/** The TypeScript module that carries the compiled bytes. */
export async function kernelModule() {
  let bytes;
  const { error, stderr } = await asc.main(
    [
      'encoder.ts',
      '--outFile',
      'encoder.wasm',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--importMemory',
      '--enable',
      'simd',
    ],
    {
      readFile: (name) => (name === 'encoder.ts' ? readFileSync(source, 'utf8') : null),
      writeFile: (name, data) => {
        if (name === 'encoder.wasm') bytes = data;
      },
      listFiles: () => [],
    },
  );
  if (error || !bytes) throw new Error(`${stderr?.toString() ?? ''}${error ?? 'Nothing was compiled.'}`);
  return `/** Made from tooling/tfjs-kernels/src/encoder.as. */\nexport const encoderBase64: string =\n  '${Buffer.from(bytes).toString('base64')}';\n`;
}

/** The module as it is in the repository. */
export function committedModule() {
  return readFileSync(target, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, await kernelModule());
