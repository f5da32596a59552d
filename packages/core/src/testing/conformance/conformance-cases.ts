import type { Backend } from '../../backend.js';
import { HasheeError } from '../../errors.js';
import { DEFAULT_TOLERANCE, type Tolerance } from '../tolerance.js';
import { accountCases } from './account-cases.js';
import { type CaseDefinition, runCase } from './context.js';
import { exitCases } from './exit-cases.js';
import { forwardCases } from './forward-cases.js';
import { gradientCases } from './gradient-cases.js';
import { lifetimeCases } from './lifetime-cases.js';
import { passCases } from './pass-cases.js';
import { recipeCases } from './recipe-cases.js';
import { refusalCases } from './refusal-cases.js';
import { trainerCases } from './trainer-cases.js';
import { updateCases } from './update-cases.js';

export interface ConformanceOptions {
  readonly backend: Backend;
  /** Loads every encoder with it. @default the backend's own default */
  readonly dtype?: string | undefined;
  /** Overrides single entries of `DEFAULT_TOLERANCE`, for runtimes that compute with fewer bits. */
  readonly tolerance?: Partial<Tolerance> | undefined;
  /** Cases that this runtime can't pass, by name, each with the reason. */
  readonly skip?: Readonly<Record<string, string>> | undefined;
}

/** A test, for whatever test runner there is. */
export interface ConformanceCase {
  readonly name: string;
  /** Present where the case doesn't apply to this runtime. */
  readonly skipped?: string | undefined;
  /** @throws HasheeError `NOT_CONFORMING` says what was expected and what came */
  run(): Promise<void>;
}

const DEFINITIONS: readonly CaseDefinition[] = [
  ...forwardCases,
  ...exitCases,
  ...passCases,
  ...accountCases,
  ...lifetimeCases,
  ...refusalCases,
  ...gradientCases,
  ...recipeCases,
  ...updateCases,
  ...trainerCases,
];

/**
 * What every runtime has to do, as a list of tests; a runtime's own test file hands them to its test runner:
 *
 * ```ts
 * for (const { name, run, skipped } of conformanceCases({ backend: onnx() })) test.skipIf(skipped)(name, run);
 * ```
 *
 * Models and batches are small, random and seeded; expected values come from the plain float64 reference beside this
 * file. Cases that need a capability which the backend doesn't declare are skipped.
 * @throws HasheeError `INVALID_ARGUMENT` for a name in `skip` that no case has
 */
export function conformanceCases(options: ConformanceOptions): ConformanceCase[] {
  const { backend, dtype, skip = {} } = options;
  const tolerance = { ...DEFAULT_TOLERANCE, ...options.tolerance };
  for (const name of Object.keys(skip))
    if (!DEFINITIONS.some((definition) => definition.name === name))
      throw new HasheeError('INVALID_ARGUMENT', `conformanceCases(): there is no case "${name}" to skip.`, {
        fields: { name },
      });
  return DEFINITIONS.map((definition) => {
    const { name, needs } = definition;
    const skipped = needs && !backend.capabilities[needs] ? `The backend doesn't declare ${needs}.` : skip[name];
    return {
      name,
      ...(skipped === undefined ? {} : { skipped }),
      run: () => runCase(definition, backend, tolerance, dtype),
    };
  });
}
