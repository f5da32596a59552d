/**
 * Who goes on when some of `count` have ended: those after the last that fits take the places that became free, so that as few as
 * possible are moved.
 */
export function remainingPlaces(count: number, ended: (place: number) => boolean): number[] {
  const staying = Array.from({ length: count }, (_, place) => place).filter((place) => !ended(place));
  const moving = staying.filter((place) => place >= staying.length);
  return Array.from({ length: staying.length }, (_, place) => (ended(place) ? moving.pop()! : place));
}
