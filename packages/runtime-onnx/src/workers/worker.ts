import { parentPort } from 'node:worker_threads';
import { serve } from './serve.js';

// The program of a worker thread; imported anywhere else it does nothing.
if (parentPort) serve(parentPort);
