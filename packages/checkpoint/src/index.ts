export * from './safetensors/read-safetensors.js';
export * from './safetensors/weights.js';
export * from './safetensors/write-safetensors.js';
