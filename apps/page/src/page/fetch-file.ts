import { HasheeError } from '@hashee/core';

/**
 * Fetches a file beside the page.
 * @param onProgress bytes that have arrived
 * @throws HasheeError `IO`
 */
export async function fetchFile(name: string, onProgress: (loaded: number) => void = () => {}): Promise<Uint8Array> {
  try {
    const response = await fetch(new URL(`model/${name}`, document.baseURI));
    if (!response.ok || !response.body) throw new HasheeError('IO', `The server answered ${response.status}.`);
    const chunks: Uint8Array[] = [];
    let loaded = 0;
    for (let reader = response.body.getReader(); ; ) {
      const { value, done } = await reader.read();
      if (done) break;
      chunks.push(value);
      loaded += value.length;
      onProgress(loaded);
    }
    const bytes = new Uint8Array(loaded);
    let end = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, end);
      end += chunk.length;
    }
    return bytes;
  } catch (cause) {
    throw new HasheeError('IO', `Cannot load ${name}: ${(cause as Error).message}`, { fields: { name }, cause });
  }
}

export async function fetchJson<T>(name: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await fetchFile(name))) as T;
}
