// What bench-training times: our own training step, dense and with exits, and PyTorch's.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} StepTimes milliseconds of one step, mean over the batches of a round
 * @property {number} forwardBackward
 * @property {number} optimizer clipping included
 */

/**
 * @typedef {object} StepContender
 * @property {string} name
 * @property {() => Promise<number>} run one round over all batches; answers with its milliseconds
 * @property {StepTimes[]} rounds of every round so far, those of the warm-up included
 * @property {() => Promise<void>} dispose
 */

/**
 * @typedef {object} StepBatch
 * @property {import('@hashee/core').TokenBatch} batch
 * @property {Int32Array} labels
 */

/**
 * Our own step: gradients of a batch, then AdamW.
 * @param {string} name
 * @param {import('@hashee/core').Backend} backend
 * @param {import('@hashee/core').Checkpoint} checkpoint
 * @param {import('@hashee/core').TrainingSpec} spec
 * @param {readonly StepBatch[]} batches
 * @param {number} learningRate
 * @returns {Promise<StepContender>}
 */
export async function ownSteps(name, backend, checkpoint, spec, batches, learningRate) {
  if (!backend.createTrainer) throw new TypeError(`the runtime ${backend.name} can't train`);
  const trainer = await backend.createTrainer(checkpoint, spec);
  /** @type {StepTimes[]} */
  const rounds = [];
  return {
    name,
    rounds,
    async run() {
      const sum = { forwardBackward: 0, optimizer: 0 };
      for (const { batch, labels } of batches) {
        const started = performance.now();
        await trainer.accumulate(batch, { labels });
        const between = performance.now();
        await trainer.update({ learningRate });
        sum.forwardBackward += between - started;
        sum.optimizer += performance.now() - between;
      }
      rounds.push({ forwardBackward: sum.forwardBackward / batches.length, optimizer: sum.optimizer / batches.length });
      return sum.forwardBackward + sum.optimizer;
    },
    dispose: () => trainer.dispose(),
  };
}

/**
 * PyTorch's dense step in a process of its own, which waits while others run. Its threads may spin for a moment after a
 * round, so it is left alone for that long.
 * @param {object} options
 * @param {string} options.python a Python with torch and transformers
 * @param {string} options.model folder of the pretrained encoder
 * @param {string} options.batchFile
 * @param {number} options.batches how many the file holds
 * @param {number} options.threads
 * @param {number} options.learningRate
 * @param {number} options.seed
 * @param {AbortSignal} [options.signal]
 * @param {string} [options.script]
 * @returns {Promise<StepContender & { facts: Record<string, unknown> }>} facts: versions, threads, BLAS
 */
export async function torchSteps({ python, model, batchFile, batches, threads, learningRate, seed, signal, script }) {
  const file = script ?? fileURLToPath(new URL('../torch-step.py', import.meta.url));
  const words = ['--model', model, '--batches', batchFile, '--threads', threads, '--learning-rate', learningRate];
  const child = spawn(python, [file, ...words.map(String), '--seed', String(seed), '--serve'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads), HF_HUB_OFFLINE: '1' },
    signal,
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (complaints = (complaints + text).slice(-2000)));
  child.stdin.on('error', () => {});
  /** @type {Promise<never>} */
  const ended = new Promise((_, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      reject(new Error(`${python} ended with ${code}: ${complaints.trim().split('\n').at(-1)}`)),
    );
  });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** @returns {Promise<Record<string, any>>} */
  const answer = async () => JSON.parse((await Promise.race([lines.next(), ended])).value ?? (await ended));
  const facts = await answer();
  /** @type {StepTimes[]} */
  const rounds = [];
  return {
    name: 'torch dense',
    facts,
    rounds,
    async run() {
      child.stdin.write('round\n');
      const { forward, backward, optimizer } = await answer();
      await new Promise((done) => setTimeout(done, 300));
      rounds.push({ forwardBackward: forward + backward, optimizer });
      return batches * (forward + backward + optimizer);
    },
    async dispose() {
      child.stdin.end();
      await ended.catch(() => {});
    },
  };
}
