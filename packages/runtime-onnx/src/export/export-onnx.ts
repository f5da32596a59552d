import { type Account, type Checkpoint, HasheeError, throwIfAborted } from '@hashee/core';
import { requiredTensors, resolveModel } from '@hashee/core/backend';
import { exportGraph } from './export-graph.js';
import { type ExportDtype, type ExportOptions, type ExportTarget, resolveOptions } from './export-options.js';
import { exportShape } from './export-shape.js';
import { finishGraph } from './finish-graph.js';
import { type WrittenFile, writeModels } from './write-models.js';

/** What was written. */
export interface ExportReport {
  /** The model, and its weights where they have a file of their own. */
  readonly files: readonly WrittenFile[];
  readonly dtype: ExportDtype;
  readonly target: ExportTarget;
  readonly opset: number;
  /** The model's inputs, int64 [batch, sequence] each. */
  readonly inputs: readonly string[];
  /** How each layer is computed, `[L]`. */
  readonly attention: Account['attention'];
}

/**
 * Writes a model as one plain ONNX file: `input_ids`, `attention_mask` and, where the model has segments, `token_type_ids` to
 * `logits`, with batch and length free. Exits are part of it: the table, the index arithmetic and the computation of active
 * tokens alone. Padding may stand anywhere.
 *
 * @param path of the file, such as `onnx/model.onnx`; folders are made
 * @throws HasheeError `INVALID_ARGUMENT` (options), `NOT_FOUND` (head), `UNSUPPORTED` (no head), `INVALID_CONFIG`, `INVALID_CHECKPOINT`,
 * `TABLE_MISMATCH`, `IO`, `ABORTED`
 */
export async function exportOnnx(
  checkpoint: Checkpoint,
  path: string,
  options: ExportOptions = {},
): Promise<ExportReport> {
  const resolved = resolveOptions(options);
  const { dtype, target, opset, inlineLimit } = resolved;
  throwIfAborted(options.signal, 'The export');
  const { config, head, exitTable } = resolveModel(checkpoint, options);
  if (!head)
    throw new HasheeError('UNSUPPORTED', 'The model has no head, so there is nothing to answer. Fine-tune it first.');
  const weights = checkpoint.weights;
  requiredTensors(config, [head], weights);
  const table = exitTable?.exitLayer.some((layer) => layer < config.layers) ? exitTable : undefined;
  const shape = exportShape(config, head, table, {
    sample: options.sample,
    attention: dtype === 'q8' ? 'projected' : (options.attention ?? 'auto'),
  });
  const graph = exportGraph(config, head, table, shape, opset);
  const tensors = finishGraph(graph, weights, resolved);
  const { dataFile, signal, onProgress } = options;
  const [files] = await writeModels([{ path, graph, tensors, dataFile }], { opset, inlineLimit, signal, onProgress });
  const attention = Array.from(config.heads, (): Account['attention'][number] => 'none');
  for (const layer of shape.layers) attention[layer.layer - 1] = layer.attention;
  return { files, dtype, target, opset, inputs: [...graph.inputs.keys()], attention };
}
