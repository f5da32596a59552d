import { createEngine, type Device, dtypeOf, type Engine, hasWebGpu } from './engine.js';
import { fetchFile, fetchJson } from './fetch-file.js';
import { measure } from './measure.js';
import { PAGE_FILES, type PageModelFile } from './page-model.js';
import { TextReader } from './text-reader.js';
import { element, showAnswer, showLegend, showProgress, showStatus, showWords, showWork } from './view.js';

const DEVICES: Readonly<Record<Device, string>> = {
  wasm: 'WebAssembly, one thread, 8-bit',
  webgpu: 'WebGPU, 32-bit floats',
};

/** Waits until nobody has typed for a moment. */
const PAUSE = 250;

async function start(): Promise<void> {
  const model = await fetchJson<PageModelFile>(PAGE_FILES.model);
  const reader = new TextReader(
    await fetchJson<object>(PAGE_FILES.tokenizer),
    await fetchJson<object>(PAGE_FILES.tokenizerConfig),
    await fetchFile(PAGE_FILES.exitLayers),
    model.maxLength,
  );
  element('model').textContent = `${model.name}, ${model.layers} layers`;
  showLegend(model.layers);
  const text = element<HTMLTextAreaElement>('text');
  const device = element<HTMLSelectElement>('device');
  if (await hasWebGpu()) device.disabled = false;
  else device.title = 'This browser offers no WebGPU.';

  let engine: Engine | undefined;
  let current = new AbortController();
  let queue = Promise.resolve();
  let pause: ReturnType<typeof setTimeout> | undefined;
  let answers = 0;

  const classify = (): void => {
    clearTimeout(pause);
    current.abort();
    current = new AbortController();
    const { signal } = current;
    const read = reader.read(text.value);
    showWords(read, model.layers);
    showWork(read, model.layers);
    queue = queue
      .then(async () => {
        if (signal.aborted || !engine) return;
        showStatus('Running', 'running');
        const sides = await measure(engine, read.ids, signal);
        if (!sides) return;
        showAnswer(sides.exits, sides.dense, model.labels);
        document.body.dataset['answers'] = String(++answers);
        showStatus(`Ready: ${DEVICES[engine.device]}`, 'ready');
      }, undefined)
      .catch(showFailure);
  };
  const load = (wanted: Device): void => {
    current.abort();
    queue = queue
      .then(async () => {
        showStatus('Loading the model', 'loading');
        await engine?.release();
        engine = undefined;
        engine = await createEngine(wanted, (loaded) => showProgress(loaded, model.bytes[dtypeOf(wanted)]));
      })
      .catch(showFailure);
    classify();
  };

  const soon = (): void => {
    clearTimeout(pause);
    pause = setTimeout(classify, PAUSE);
  };
  text.addEventListener('input', soon);
  element<HTMLFormElement>('form').addEventListener('submit', (event) => {
    event.preventDefault();
    classify();
  });
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    classify();
  });
  for (const button of document.querySelectorAll<HTMLButtonElement>('#examples button'))
    button.addEventListener('click', () => {
      text.value = button.textContent ?? '';
      classify();
    });
  device.addEventListener('change', () => load(device.value as Device));
  load('wasm');
}

function showFailure(error: unknown): void {
  showStatus(error instanceof Error ? error.message : String(error), 'failed');
}

start().catch(showFailure);
