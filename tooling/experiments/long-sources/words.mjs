// What the page says besides the tables.
import { table } from '../shared/table.mjs';

export const INTRODUCTION = [
  "The encoder of BART-base's shape (6 layers, hidden size 768, 12 heads) with random weights, on articles of cnndm cut at so many tokens: the",
  'WordPiece tokenizer of all-MiniLM-L6-v2, its ids taken as they are. The frequency hash is made from the training articles: six buckets, or for',
  'twice and three times the speed by exit layers. "Dense" is our own encoder without exits, "plain" the same weights as others export them, run by ONNX',
  'Runtime itself. All states are read, as a decoder does.',
];

export const READING = [
  'Share: the speed-up over dense by wall clock, divided by L over the mean exit layer. Counted: by multiply-accumulates, frozen tokens included; then the same',
  'where layer 1 looks its projections up, dense too. Attention of layers 1 to 6: p, keys and values of all tokens are projected; a, the matrices are folded into the queries. Where runs of a batch differ it is that of',
  'most queries. Over dense: the median over pairs of rounds, with its 95 % interval from 6 pairs on. By processor time: the fastest rounds, which other processes disturb least.',
  '',
  'Two rounds a case, with nothing beside them; the host itself is shared, so a few per cent here or there say nothing.',
];

export const TRIED = [
  '## Why it is what it is',
  '',
  'A frozen token still costs its key and value in every later layer, 2H² of the 12H² + 2nH multiply-accumulates of an active one, or, where the matrices are folded',
  'into the queries, 2nHA for each query. The cheaper way is chosen for each layer and run; below it there is no exact way that we know. With six buckets and 512 tokens',
  'layer 1, which all tokens run, is half of what is left, keys and values of layer 2 a tenth, folded attention a fifth. The count is therefore below the exit layers by more than the',
  'tenth that is allowed, and wall clock can make up for a part only: layer 1 looks its projections up (dense too), and Softmax, GELU and LayerNormalization',
  'fall with the active tokens. Fewer exits, or shorter texts, are nearer to their exit layers (`--lengths 64,128,256`).',
  '',
  '## What was tried',
  '',
  'Eight sources of 512 tokens, six buckets, one thread, unless said; once each.',
  '',
  ...table(
    ['design', 'result'],
    [
      [
        'attention over one sequence after the other, nothing padded or masked (before: groups padded to their most queries)',
        'share 0.84 instead of 0.78, by processor time; dense takes 8 % less, exits 15 % less. Kept',
      ],
      [
        'runs of 1,024, 2,048, 4,096 and 8,192 tokens, those with like work together',
        'dense 3.8, 4.1, 4.4 and 4.3 s, exits 1.04, 1.07, 1.09 and 1.15 s: large products lose the caches. 2,048 kept, for both',
      ],
      [
        'the operator MultiHeadAttention, which holds a tile of the scores',
        '38 instead of 41 ms for 1,024 queries and keys, 11.0 instead of 11.5 for 512: kept where all tokens are queries. 1.84 instead of 1.66 ms for 80 queries over 512 keys: not there',
      ],
      [
        'folded attention priced at 0.9, 1.1, 1.25 and 1.6 times its multiply-accumulates',
        'within 4 % at 512 and 1,024 tokens; 1.25 stays',
      ],
      ['finite states checked by one sum', 'not measured alone. Kept'],
    ],
  ),
  '',
  'Not tried: keys and values of all later layers in one product when a token freezes. It has as many multiply-accumulates, the products run at the rate of the large ones already,',
  'and what is folded into the queries now would be projected.',
];
