import {
  type Encoder,
  HasheeError,
  type HeadConfig,
  headMacs,
  type Pass,
  type TokenBatch,
  throwIfAborted,
} from '@hashee/core';
import type { DenseReference, Runner, RunOptions, RunResult } from '../method.js';
import type { ExitPolicy } from '../policies/exit-policy.js';
import { observedThresholds } from '../policies/observed-thresholds.js';
import { type Recording, rowOf } from '../recording.js';
import { exitName } from './exit-heads.js';
import { layerCosts } from './layer-costs.js';
import { requireSetting } from './require-setting.js';

/** A model with internal classifiers that is left by an exit policy. */
export class ExitRunner implements Runner {
  readonly knob: string;
  readonly settings: readonly number[];
  readonly head: HeadConfig;
  readonly dense: DenseReference;
  readonly #encoder: Encoder;
  readonly #policy: ExitPolicy;
  /** Names of the heads asked at each layer below the last, the classifier first. */
  readonly #asked: readonly (readonly string[])[];

  /** @throws HasheeError `INVALID_ARGUMENT` for a model without the heads that the policy reads */
  constructor(encoder: Encoder, policy: ExitPolicy, dense: DenseReference) {
    const { layers } = encoder.config;
    this.#encoder = encoder;
    this.#policy = policy;
    this.dense = dense;
    const head = encoder.heads.find(({ name }) => name === 'main');
    this.#asked = Array.from({ length: layers - 1 }, (_, i) => [exitName(i + 1), ...(policy.also?.(i + 1) ?? [])]);
    const missing = ['main', ...this.#asked.flat()].find((name) => encoder.heads.every((each) => each.name !== name));
    if (!head || missing !== undefined)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `The model has no head "${missing}": it wasn't trained by the recipe of this method.`,
        { fields: { head: missing, heads: encoder.heads.map(({ name }) => name) } },
      );
    this.head = head;
    this.knob = policy.knob;
    this.settings = policy.settings(head, layers);
  }

  async run(batch: TokenBatch, setting?: number, { signal }: RunOptions = {}): Promise<RunResult> {
    const value = requireSetting(this, setting);
    const L = this.#encoder.config.layers;
    const C = this.head.labels.length;
    const sequences = batch.offsets.length - 1;
    const logits = new Float32Array(sequences * C);
    const exits = new Float64Array(sequences).fill(L);
    const decisions = Array.from({ length: sequences }, () => this.#policy.begin(value, this.head));
    const pass = await this.#encoder.begin(batch, { signal });
    try {
      for (const [index, asked] of this.#asked.entries()) {
        await pass.advance(index + 1);
        const { rows } = pass;
        const answers: Float32Array[] = [];
        for (const name of asked) answers.push(await pass.logits(name));
        const staying = rows.filter((row, i) => {
          const [answer, ...also] = answers.map((values) => rowOf(values, i, rows.length));
          if (!decisions[row](answer, ...also)) return true;
          logits.set(answer, row * C);
          exits[row] = index + 1;
          return false;
        });
        if (staying.length < rows.length) pass.keep(staying);
        if (staying.length === 0) break;
      }
      if (pass.rows.length > 0) {
        await pass.advance(L, { read: 'first' });
        const last = await pass.logits('main');
        pass.rows.forEach((row, i) => {
          logits.set(last.subarray(i * C, (i + 1) * C), row * C);
        });
      }
      const account = pass.account();
      return { logits, exits, macs: account.macs, accounts: [account] };
    } finally {
      pass.dispose();
    }
  }

  async record(batches: readonly TokenBatch[], { signal }: RunOptions = {}): Promise<Recording> {
    const L = this.#encoder.config.layers;
    const sequences = batches.reduce((sum, { offsets }) => sum + offsets.length - 1, 0);
    const asked = [...this.#asked, ['main']];
    const width = new Map(this.#encoder.heads.map(({ name, labels }) => [name, labels.length]));
    const stops = asked.map((names, index) => ({
      layers: new Float64Array(sequences).fill(index + 1),
      answers: names.map((name) => new Float32Array(sequences * width.get(name)!)),
      macs: new Float64Array(sequences),
    }));
    let from = 0;
    for (const batch of batches) {
      throwIfAborted(signal, 'Recording');
      const pass = await this.#encoder.begin(batch, { signal });
      try {
        for (let layer = 1; layer <= L; layer++) {
          await pass.advance(layer, { read: layer === L ? 'first' : 'all' });
          for (const [i, name] of asked[layer - 1].entries())
            stops[layer - 1].answers[i].set(await pass.logits(name), from * width.get(name)!);
        }
        this.#countMacs(batch, pass, asked, (stop, b, macs) => {
          stops[stop].macs[from + b] = macs;
        });
      } finally {
        pass.dispose();
      }
      from += batch.offsets.length - 1;
    }
    return { sequences, labels: this.head.labels.length, stops };
  }

  settingsFor({ sequences, stops }: Recording): readonly number[] {
    const { uncertainty } = this.#policy;
    if (!uncertainty || sequences === 0) return this.settings;
    const inner = stops.slice(0, -1);
    const values = Float64Array.from({ length: inner.length * sequences }, (_, i) => {
      const { answers } = inner[Math.floor(i / sequences)];
      const [answer, ...also] = answers.map((each) => rowOf(each, i % sequences, sequences));
      return uncertainty(answer, ...also);
    });
    return [this.settings[0], ...observedThresholds(values), this.settings.at(-1)!];
  }

  stopAt(recording: Recording, row: number, setting?: number): number {
    const decision = this.#policy.begin(requireSetting(this, setting), this.head);
    for (let stop = 0; stop + 1 < recording.stops.length; stop++) {
      const [answer, ...also] = recording.stops[stop].answers.map((values) => rowOf(values, row, recording.sequences));
      if (decision(answer, ...also)) return stop;
    }
    return recording.stops.length - 1;
  }

  dispose(): Promise<void> {
    return this.#encoder.dispose();
  }

  /** What each sequence costs up to each stop: the heads asked there included. */
  #countMacs(
    batch: TokenBatch,
    pass: Pass,
    asked: readonly (readonly string[])[],
    write: (stop: number, b: number, macs: number) => void,
  ): void {
    const { config, heads } = this.#encoder;
    const byLayer = asked.map((names) => heads.filter(({ name }) => names.includes(name)));
    const headCost = (layer: number, n: number): number =>
      byLayer[layer - 1].reduce((sum, head) => sum + headMacs(config, head, 1, n), 0);
    const costs = layerCosts(config, batch.offsets, pass.account());
    for (let b = 0; b + 1 < batch.offsets.length; b++) {
      const length = batch.offsets[b + 1] - batch.offsets[b];
      let macs = costs[0][b];
      for (let layer = 1; layer <= config.layers; layer++) {
        macs += costs[layer][b] + headCost(layer, length);
        write(layer - 1, b, macs);
      }
    }
  }
}
