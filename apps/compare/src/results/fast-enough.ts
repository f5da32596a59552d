/** What comes so near a wanted speed-up has reached it: layers are whole, and random exits hit it by chance. */
const TOLERANCE = 0.02;

/** The least counted speed-up that reaches a wanted one. */
export function fastEnough(target: number): number {
  return (1 - TOLERANCE) * target;
}
