import type { EncoderConfig } from '@hashee/core';
import { PLAN } from '../encoder/plan-names.js';
import type { Value } from '../graph/graph.js';
import { IndexOperators } from './index-operators.js';
import type { PlannedGraph } from './planned-graph.js';

/** What the inputs of an exported model come down to. Sizes: B sequences, S places of each, T tokens. */
export interface TokenPlan {
  readonly index: IndexOperators;
  /** int64 [B, S] */
  readonly ids: Value;
  /** int64 [B, S]: 1 for tokens, 0 for padding wherever it stands */
  readonly isToken: Value;
  /** int64 [1] */
  readonly sequences: Value;
  /** int64 [1] */
  readonly places: Value;
}

/** Added to the scores of padding: far below any score, far from overflow. */
const MASKED = -1e30;

const sequenceShape = ['batch', 'sequence'] as const;

/**
 * Declares the model's inputs and plans all that depends on the mask alone. Tokens count their positions among themselves, so
 * it doesn't matter where the padding stands. A sequence without tokens is taken as its first place.
 * @param segment of all tokens; left out, it is an input of the model where there are segments
 */
export function planTokens(graph: PlannedGraph, config: EncoderConfig, opset: number, segment?: number): TokenPlan {
  const index = new IndexOperators(graph, opset);
  const ids = graph.modelInput('input_ids', 'int64', sequenceShape);
  const given = index.cast(graph.modelInput('attention_mask', 'int64', sequenceShape), 'bool');
  const asked = config.typeVocabSize > 1 && segment === undefined;
  const segments = asked ? graph.modelInput('token_type_ids', 'int64', sequenceShape) : undefined;
  const sequences = index.size(ids, 0);
  const places = index.size(ids, 1);
  const isToken = withFirstPlace(graph, index, given, places);

  const flatTokens = index.flat(isToken); // [B·S]
  const unpad = index.flat(index.whereTrue(flatTokens)); // [T]
  const pad = index.multiply(index.runningSum(flatTokens, 0, true), flatTokens); // [B·S]
  const lengths = index.sum(isToken, 1); // [B]
  const ofTokens = (x: Value): Value => index.gather(index.flat(x), unpad);

  graph.plan(PLAN.unpad, () => unpad);
  graph.plan(PLAN.pad, () => pad);
  graph.plan(PLAN.inputIds, () => ofTokens(ids));
  graph.plan(PLAN.tokenTypeIds, () =>
    segments ? ofTokens(segments) : index.add(index.multiply(unpad, 0), segment ?? 0),
  );
  graph.plan(PLAN.positionIds, () => ofTokens(index.add(index.runningSum(isToken, 1, true), config.positionOffset)));
  graph.plan(PLAN.mask, () => {
    const padding = index.cast(graph.add('Equal', [isToken, graph.integers([0], [])]), 'float32');
    return index.unsqueeze(graph.add('Mul', [padding, graph.float(MASKED)]), 1);
  });
  graph.plan(PLAN.first, () => index.runningSum(lengths, 0, true));
  graph.plan(PLAN.firstPadded, () => {
    const place = graph.add('ArgMax', [isToken], { axis: 1, keepdims: 0, select_last_index: 0 });
    return index.add(place, index.multiply(index.range(sequences), places));
  });
  for (const heads of new Set(config.heads)) {
    const each = Array.from({ length: heads }, (_, head) => head);
    graph.plan(PLAN.keys(heads), () => {
      const shape = index.concat([sequences, graph.integers([1]), places]);
      const rows = graph.add('Reshape', [index.multiply(pad, heads), shape]); // [B, 1, S]
      return index.add(rows, graph.integers(each, [1, heads, 1]));
    });
    graph.plan(PLAN.keyRows(heads), () => {
      // Place b·S + s of a token becomes (b·A + h)·S + s.
      const before = index.multiply(index.multiply(index.divide(unpad, places), places), heads - 1);
      const start = index.unsqueeze(index.add(unpad, before), 1); // [T, 1]
      return index.add(start, index.multiply(graph.integers(each, [1, heads]), places));
    });
  }
  return { index, ids, isToken, sequences, places };
}

function withFirstPlace(graph: PlannedGraph, index: IndexOperators, given: Value, places: Value): Value {
  const tokens = index.cast(given, 'int64');
  const empty = graph.add('Equal', [index.unsqueeze(index.sum(tokens, 1), 1), graph.integers([0], [])]); // [B, 1]
  const isFirst = graph.add('Equal', [index.range(places), graph.integers([0], [])]); // [S]
  return index.cast(graph.add('Or', [given, graph.add('And', [empty, isFirst])]), 'int64');
}
