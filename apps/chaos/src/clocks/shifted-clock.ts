import { OFFSETS_VARIABLE } from './offsets.js';
import { shiftClock } from './shift-clock.js';

// Loaded into services before anything else (`node --import`); product code knows nothing of it.
const offsets = JSON.parse(process.env[OFFSETS_VARIABLE] ?? '{}') as Readonly<Record<string, number>>;
const ms = offsets[process.env['INSTANCE_NAME'] ?? ''] ?? 0;
if (ms !== 0) shiftClock(ms);
