import type { CaseDefinition } from './context.js';

export const trainerCases: readonly CaseDefinition[] = [];
