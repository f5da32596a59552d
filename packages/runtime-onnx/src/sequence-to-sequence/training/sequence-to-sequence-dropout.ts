import type { SequenceToSequenceConfig, SequenceToSequenceTrainingSpec } from '@hashee/core';
import type { Feed, Plan } from '../../encoder/plan.js';
import { DropoutFeeds } from '../../training/dropout-feeds.js';
import { DropoutMasks } from '../../training/dropout-masks.js';
import type { DecoderDropoutSite } from '../decoder-parts.js';
import type { TargetPlan } from './plan-targets.js';
import type { TrainingDropoutSite } from './sequence-to-sequence-training-graph.js';

/** Masks for the dropout sites of a training graph, sized by the plans of the batch. */
export class SequenceToSequenceDropout {
  readonly #config: SequenceToSequenceConfig;
  readonly #override: number | undefined;
  readonly #encoder: DropoutFeeds;
  readonly #masks: DropoutMasks;

  constructor(config: SequenceToSequenceConfig, { seed, dropout }: SequenceToSequenceTrainingSpec) {
    this.#config = config;
    this.#override = dropout;
    this.#masks = new DropoutMasks(seed);
    this.#encoder = new DropoutFeeds(config.encoder, { seed, dropout, masks: this.#masks });
  }

  active(site: TrainingDropoutSite): boolean {
    return site.side === 'encoder' ? this.#encoder.active(site.site) : this.#probability(site.site) > 0;
  }

  feed(
    at: TrainingDropoutSite,
    plan: Plan,
    targets: TargetPlan,
    { step, parts, index }: { readonly step: number; readonly parts: number; readonly index: number },
  ): Feed {
    if (at.side === 'encoder') return this.#encoder.feed(at.site, plan, () => 0, step, parts, index);
    const length = this.#entries(at.site, targets);
    const data = this.#masks.mask(this.#probability(at.site), length, step, parts, index);
    return { type: 'float32', data, dims: [length] };
  }

  #probability({ kind }: DecoderDropoutSite): number {
    const { hidden, activation, attention } = this.#config.decoder.dropout;
    if (this.#override !== undefined) return this.#override;
    if (kind === 'activation') return activation;
    return kind === 'self' || kind === 'cross' ? attention : hidden;
  }

  #entries(site: DecoderDropoutSite, { sizes, queries }: TargetPlan): number {
    const { hiddenSize: H } = this.#config.encoder;
    const { heads: A, intermediateSize: I } = this.#config.decoder;
    const { B, S, N, M } = sizes;
    if (site.kind === 'embeddings') return N * H;
    const { m, Q } = queries[site.layer - 1];
    if (site.kind === 'hidden') return m * H;
    if (site.kind === 'activation') return m * I;
    return B * A * Q * (site.kind === 'self' ? M : S);
  }
}
