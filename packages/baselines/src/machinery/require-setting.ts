import { HasheeError } from '@hashee/core';
import type { Runner } from '../method.js';

/** @throws HasheeError `INVALID_ARGUMENT` where a method with a knob gets no number */
export function requireSetting({ knob, settings }: Pick<Runner, 'knob' | 'settings'>, setting?: number): number {
  if (setting === undefined || Number.isNaN(setting))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `This method needs a setting (${knob}), such as ${settings.slice(0, 3).join(', ')}; sweep() compares them.`,
      { fields: { knob, settings } },
    );
  return setting;
}
