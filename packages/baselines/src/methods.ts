import type { Method } from './method.js';
import { berxit } from './methods/berxit.js';
import { cascadebert } from './methods/cascadebert.js';
import { deebert } from './methods/deebert.js';
import { dense } from './methods/dense.js';
import { distilbert } from './methods/distilbert.js';
import { elasticbertEntropy, elasticbertPatience } from './methods/elasticbert.js';
import { fastbert } from './methods/fastbert.js';
import { firstLayers } from './methods/first-layers.js';
import { hashee } from './methods/hashee.js';
import { headPruning } from './methods/head-pruning.js';
import { movedHashee } from './methods/moved-hashee.js';
import { pabee } from './methods/pabee.js';
import { theseus } from './methods/theseus.js';
import { tinybert } from './methods/tinybert.js';

/** All methods by name, with their usual options. */
export const methods: Readonly<Record<string, Method>> = Object.fromEntries(
  [
    dense,
    hashee('frequency'),
    hashee('mutual-information'),
    hashee('random-consistent'),
    hashee('clustered'),
    hashee('random-inconsistent'),
    movedHashee(),
    deebert,
    fastbert,
    pabee(),
    berxit(),
    cascadebert(),
    elasticbertEntropy,
    elasticbertPatience(),
    firstLayers,
    distilbert,
    tinybert,
    headPruning,
    theseus,
  ].map((method) => [method.name, method]),
);
