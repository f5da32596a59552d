import { HasheeError } from '@hashee/core';
import { concat, reshape, split, transpose } from '../graph/operators.js';
import { integer, type Rule } from './rule.js';

export const reshaped: Rule = ({ graph, node, upstream, adjoints, needs }) => {
  if (needs(0)) adjoints.add(node.inputs[0], graph.add('Reshape', [upstream, graph.add('Shape', [node.inputs[0]])]));
};

export const transposed: Rule = ({ graph, node, upstream, adjoints, needs }) => {
  const permutation = node.attributes['perm'];
  if (!Array.isArray(permutation))
    throw new HasheeError('UNSUPPORTED', 'The gradient of Transpose needs its permutation.');
  const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
  if (needs(0)) adjoints.add(node.inputs[0], transpose(graph, upstream, inverse));
};

/** Parts of a tensor, side by side along an axis: their gradients are put together again. */
export const divided: Rule = ({ graph, node, upstreams, adjoints, needs }) => {
  if (needs(0)) adjoints.add(node.inputs[0], concat(graph, upstreams(), integer(node, 'axis')));
};

/** Each part gets its stretch of the gradient. */
export const concatenated: Rule = ({ graph, node, upstream, adjoints, needs }) => {
  const axis = integer(node, 'axis');
  const sizes = node.inputs.map((part) => graph.add('Shape', [part], { start: axis, end: axis + 1 }));
  const parts = split(graph, upstream, graph.add('Concat', sizes, { axis: 0 }), sizes.length, axis);
  node.inputs.forEach((input, index) => {
    if (needs(index)) adjoints.add(input, parts[index]);
  });
};

/** Rows that were picked get their gradients back; without a hint nothing says which places were picked twice. */
export const gathered: Rule = ({ graph, node, upstream, adjoints, needs }) => {
  const [data, indices] = node.inputs;
  if (!needs(0)) return;
  if (node.gather === undefined)
    throw new HasheeError('UNSUPPORTED', 'The gradient of Gather needs a hint about its indices.');
  // Both work on rows: [places..., width] becomes [places, width].
  const width = graph.add('Shape', [data], { start: 1 });
  const rows = graph.add('Reshape', [upstream, graph.add('Concat', [graph.integers([-1]), width], { axis: 0 })]);
  if (node.gather.kind === 'inverse') adjoints.add(data, graph.add('Gather', [rows, node.gather.places], { axis: 0 }));
  else adjoints.addRows(data, indices, rows);
};

/** Y = X with rows replaced: the replaced rows of X get nothing, the new rows get what came for their places. */
export const scattered: Rule = ({ graph, node, upstream, adjoints, needs }) => {
  const [data, places, rows] = node.inputs;
  const flat = reshape(graph, places, [-1]);
  if (needs(2)) adjoints.add(rows, graph.add('Gather', [upstream, flat], { axis: 0 }));
  if (!needs(0)) return;
  const nothing = graph.add('ConstantOfShape', [graph.add('Shape', [rows])]);
  adjoints.add(data, graph.add('ScatterND', [upstream, places, nothing]));
};
