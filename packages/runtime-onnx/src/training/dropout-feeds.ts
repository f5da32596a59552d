import type { EncoderConfig, HeadConfig, TrainingSpec } from '@hashee/core';
import { dropoutProbability } from '@hashee/core/backend';
import type { DropoutSite } from '../encoder/context.js';
import type { Feed, Plan } from '../encoder/plan.js';
import { PLAN } from '../encoder/plan-names.js';
import { DropoutMasks } from './dropout-masks.js';

/** Masks for the dropout sites of a training graph, sized by the plan of the batch. */
export class DropoutFeeds {
  readonly #config: EncoderConfig;
  readonly #override: number | undefined;
  readonly #masks: DropoutMasks;

  constructor(
    config: EncoderConfig,
    spec: Pick<TrainingSpec, 'seed' | 'dropout'> & { readonly masks?: DropoutMasks | undefined },
  ) {
    this.#config = config;
    this.#override = spec.dropout;
    this.#masks = spec.masks ?? new DropoutMasks(spec.seed);
  }

  active(site: DropoutSite): boolean {
    return this.#probability(site) > 0;
  }

  /** @param index number of the site in its graph */
  feed(
    site: DropoutSite,
    plan: Plan,
    rowsOf: (head: HeadConfig) => number,
    step: number,
    part: number,
    index: number,
  ): Feed {
    const length = this.#entries(site, plan, rowsOf);
    return {
      type: 'float32',
      data: this.#masks.mask(this.#probability(site), length, step, part, index),
      dims: [length],
    };
  }

  #probability(site: DropoutSite): number {
    return dropoutProbability(this.#config, site, this.#override);
  }

  #entries(site: DropoutSite, plan: Plan, rowsOf: (head: HeadConfig) => number): number {
    const { hiddenSize: H, embeddingSize: E, intermediateSize: I, heads } = this.#config;
    const size = (name: string): number => plan.feeds.get(name)!.data.length;
    switch (site.kind) {
      case 'embeddings':
        return size(PLAN.inputIds) * E;
      case 'hidden':
        return plan.activeTokens[site.layer - 1] * H;
      case 'activation':
        return plan.activeTokens[site.layer - 1] * I;
      case 'classifier':
        return rowsOf(site.head) * H;
      case 'head-attention':
        return size(PLAN.mask) * (site.head.attention?.heads ?? 0);
      case 'attention': {
        // Scores are [B, A, Q, S] or [B, A·Q, S]; the places of the queries are one entry each.
        const queries =
          plan.feeds.get(PLAN.queries(site.layer, site.group)) ?? plan.feeds.get(PLAN.keys(heads[site.layer - 1]))!;
        return queries.data.length * plan.feeds.get(PLAN.mask)!.dims[2];
      }
    }
  }
}
