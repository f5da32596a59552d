/** Below the tables that have such a column. */
export const ELUE_MEANS =
  '"ELUE": mean distance in points from the first k layers at the same cost, lines between their points.';
