export * from './assert-writable.js';
export * from './read-json.js';
export * from './write-whole.js';
