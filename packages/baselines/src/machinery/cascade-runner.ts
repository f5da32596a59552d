import { type Encoder, type HeadConfig, headMacs, selectSequences, type TokenBatch } from '@hashee/core';
import type { DenseReference, Runner, RunOptions, RunResult } from '../method.js';
import { observedThresholds } from '../policies/observed-thresholds.js';
import { confidence } from '../policies/uncertainty.js';
import { type Recording, rowOf } from '../recording.js';
import { sequenceCosts } from './layer-costs.js';
import { requireSetting } from './require-setting.js';

/**
 * Complete models from small to large; each answers what it is sure of, its largest probability above the threshold, and the
 * next one computes the rest from the beginning.
 */
export class CascadeRunner implements Runner {
  readonly knob = 'confidence threshold';
  readonly settings: readonly number[];
  readonly head: HeadConfig;
  readonly dense: DenseReference;
  readonly #members: readonly Encoder[];

  constructor(members: readonly Encoder[], head: HeadConfig, dense: DenseReference, settings: readonly number[]) {
    this.#members = members;
    this.head = head;
    this.dense = dense;
    this.settings = settings;
  }

  async run(batch: TokenBatch, setting?: number, options: RunOptions = {}): Promise<RunResult> {
    const threshold = requireSetting(this, setting);
    const C = this.head.labels.length;
    const logits = new Float32Array((batch.offsets.length - 1) * C);
    const exits = new Float64Array(batch.offsets.length - 1);
    const accounts: RunResult['accounts'][number][] = [];
    let rows = Array.from(exits.keys());
    for (const [index, member] of this.#members.entries()) {
      if (rows.length === 0 && index > 0) break;
      const output = await member.forward(selectSequences(batch, rows), options);
      accounts.push(output.account);
      const last = index + 1 === this.#members.length;
      rows = rows.filter((row, i) => {
        const answer = rowOf(output.logits, i, rows.length);
        exits[row] += member.config.layers;
        if (!last && !(confidence(answer) > threshold)) return true;
        logits.set(answer, row * C);
        return false;
      });
    }
    return { logits, exits, macs: accounts.reduce((sum, { macs }) => sum + macs, 0), accounts };
  }

  async record(batches: readonly TokenBatch[], options: RunOptions = {}): Promise<Recording> {
    const C = this.head.labels.length;
    const sequences = batches.reduce((sum, { offsets }) => sum + offsets.length - 1, 0);
    const stops = this.#members.map((_, index) => ({
      layers: new Float64Array(sequences).fill(
        this.#members.slice(0, index + 1).reduce((sum, { config }) => sum + config.layers, 0),
      ),
      answers: [new Float32Array(sequences * C)],
      macs: new Float64Array(sequences),
    }));
    for (const [index, member] of this.#members.entries()) {
      let from = 0;
      for (const batch of batches) {
        const { logits, account } = await member.forward(batch, options);
        stops[index].answers[0].set(logits, from * C);
        const head = headMacs(member.config, member.head!, 1);
        sequenceCosts(member.config, batch.offsets, account).forEach((cost, b) => {
          stops[index].macs[from + b] = (stops[index - 1]?.macs[from + b] ?? 0) + cost + head;
        });
        from += batch.offsets.length - 1;
      }
    }
    return { sequences, labels: C, stops };
  }

  settingsFor({ stops, sequences }: Recording): readonly number[] {
    const inner = stops.slice(0, -1);
    const values = Float64Array.from({ length: inner.length * sequences }, (_, i) =>
      confidence(rowOf(inner[Math.floor(i / sequences)].answers[0], i % sequences, sequences)),
    );
    return [this.settings[0], ...observedThresholds(values).reverse(), this.settings.at(-1)!];
  }

  stopAt({ stops, sequences }: Recording, row: number, setting?: number): number {
    const threshold = requireSetting(this, setting);
    for (let stop = 0; stop + 1 < stops.length; stop++)
      if (confidence(rowOf(stops[stop].answers[0], row, sequences)) > threshold) return stop;
    return stops.length - 1;
  }

  async dispose(): Promise<void> {
    for (const member of this.#members) await member.dispose();
  }
}
