export * from './hashee/metadata.js';
export * from './model/load-checkpoint.js';
export * from './model/model-weights.js';
export * from './safetensors/read-safetensors.js';
export * from './safetensors/weights.js';
export * from './safetensors/write-safetensors.js';
export * from './tokenizer/json-tokenizer.js';
export * from './tokenizer/load-tokenizer.js';
