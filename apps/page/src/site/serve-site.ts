export interface RunningSite {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a built site on this machine. @param port 0 takes any that is free */
export async function serveSite(folder: string, port = 0): Promise<RunningSite> {
  const { preview } = await import('vite');
  const server = await preview({
    configFile: false,
    root: folder,
    base: './',
    logLevel: 'silent',
    build: { outDir: folder },
    preview: { port, strictPort: port !== 0, host: '127.0.0.1' },
  });
  const address = server.httpServer.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return { url: `http://127.0.0.1:${actual}/`, close: () => server.close() };
}
