/** Adds row t of `rows` [ids, width] to row `ids[t]` of `table`. */
export function addRows(table: Float32Array, ids: ArrayLike<number>, rows: Float32Array, width: number): void {
  for (let t = 0, from = 0; t < ids.length; t++) {
    let to = ids[t] * width;
    for (const end = from + width; from < end; from++, to++) table[to] += rows[from];
  }
}
