export { BENCHMARKS } from './benchmarks.js';
