export * from './site/build-site.js';
export * from './site/serve-site.js';
export * from './site/write-page-model.js';
