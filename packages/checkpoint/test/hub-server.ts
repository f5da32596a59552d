import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubServer {
  readonly url: string;
  /** Paths asked for, oldest first. */
  readonly requests: string[];
  /** `Authorization` headers that came. */
  readonly tokens: Set<string>;
  /** Content by path; change it between calls. */
  readonly files: Map<string, Buffer>;
  commit: string;
  /** Answers file requests itself when it returns true. */
  interfere: ((path: string, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
}

/** Serves one repository, `owner/model`, by the parts of the hub's API that a download uses. */
export async function startHub(files: ReadonlyMap<string, Buffer>): Promise<HubServer> {
  const server = createServer((request, response) => answer(hub, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hub: HubServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    tokens: new Set(),
    files: new Map(files),
    commit: 'a'.repeat(40),
    interfere: undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return hub;
}

function answer(hub: HubServer, request: IncomingMessage, response: ServerResponse): void {
  const path = decodeURIComponent((request.url ?? '').split('?')[0]);
  hub.requests.push(path);
  if (request.headers.authorization) hub.tokens.add(request.headers.authorization);
  const json = (value: unknown, status = 200): void => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  };
  const [, revision] = path.match(/^\/api\/models\/owner\/model\/revision\/(.+)$/) ?? [];
  const [, name] = path.match(new RegExp(`^/owner/model/resolve/${hub.commit}/(.+)$`)) ?? [];
  const content = name === undefined ? undefined : hub.files.get(name);
  if (revision === 'main' || revision === 'v1' || revision === hub.commit)
    json({ _id: '1', id: 'owner/model', sha: hub.commit, lastModified: new Date(0), private: false, gated: false });
  else if (path === `/api/models/owner/model/tree/${hub.commit}`) json(listing(hub.files));
  else if (!content) json({ error: 'Repository not found' }, 404);
  else sendFile(hub, name, content, request.headers.range === 'bytes=0-0', response);
}

function sendFile(hub: HubServer, name: string, content: Buffer, probe: boolean, response: ServerResponse): void {
  if (!probe && hub.interfere?.(name, response)) return;
  const headers = { ETag: `"${digest(content)}"`, 'Content-Type': 'application/octet-stream' };
  if (probe)
    response.writeHead(206, { ...headers, 'Content-Range': `bytes 0-0/${content.length}` }).end(content.subarray(0, 1));
  else response.writeHead(200, { ...headers, 'Content-Length': content.length }).end(content);
}

function listing(files: ReadonlyMap<string, Buffer>): unknown[] {
  const entries = [...files].map(([path, content]) => {
    const large = path.endsWith('.safetensors');
    return { type: 'file', path, size: content.length, oid: digest(content), ...(large ? { lfs: lfs(content) } : {}) };
  });
  return [...entries, { type: 'directory', path: 'onnx', size: 0, oid: '0'.repeat(40) }];
}

/** Git's name of a blob. */
function digest(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function lfs(content: Buffer): { oid: string; size: number; pointerSize: number } {
  return { oid: createHash('sha256').update(content).digest('hex'), size: content.length, pointerSize: 130 };
}
