// AssemblyScript: the element-wise parts of an encoder layer on float32 arrays in WebAssembly memory, four values at a time.
// Addresses are bytes; there is no data of its own and no allocation.

// @ts-expect-error: decorator
@inline
function exp4(given: v128): v128 {
  const x = f32x4.max(f32x4.min(given, f32x4.splat(88.0)), f32x4.splat(-87.0));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  // ln 2 in two parts, so that the product with n is exact.
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  // Taylor's series to the seventh power: |r| is at most ln 2 / 2.
  let p = f32x4.splat(1.0 / 5040.0);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 720.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 120.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 24.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 6.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** Φ(x), the normal distribution function, given e = exp(-x²/2). Abramowitz & Stegun 7.1.26: off by 1.5e-7 at most. */
// @ts-expect-error: decorator
@inline
function normal4(x: v128, e: v128): v128 {
  const z = f32x4.mul(f32x4.abs(x), f32x4.splat(0.70710678118654752));
  const t = f32x4.div(f32x4.splat(1.0), f32x4.add(f32x4.mul(z, f32x4.splat(0.3275911)), f32x4.splat(1.0)));
  let p = f32x4.splat(1.061405429);
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-1.453152027));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(1.421413741));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.284496736));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.254829592));
  // Half of 1 - erf(|x|/√2).
  const tail = f32x4.mul(f32x4.mul(f32x4.mul(p, t), e), f32x4.splat(0.5));
  return v128.bitselect(tail, f32x4.sub(f32x4.splat(1.0), tail), f32x4.lt(x, f32x4.splat(0.0)));
}

// @ts-expect-error: decorator
@inline
function bell4(x: v128): v128 {
  return exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

// @ts-expect-error: decorator
@inline
function gelu4(x: v128): v128 {
  return f32x4.mul(x, normal4(x, bell4(x)));
}

/** Φ(x) + x φ(x) */
// @ts-expect-error: decorator
@inline
function geluSlope4(x: v128): v128 {
  const e = bell4(x);
  return f32x4.add(normal4(x, e), f32x4.mul(f32x4.mul(x, e), f32x4.splat(0.39894228040143268)));
}

/** y = x Φ(x) on n values. */
export function gelu(x: usize, y: usize, n: i32): void {
  const whole: usize = <usize>(n & ~3) << 2;
  const all: usize = <usize>n << 2;
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(y + i, gelu4(v128.load(x + i)));
  for (; i < all; i += 4) v128.store_lane<f32>(y + i, gelu4(v128.load_splat<f32>(x + i)), 0);
}

/** dx = dy (Φ(x) + x φ(x)) on n values. */
export function geluGradient(x: usize, dy: usize, dx: usize, n: i32): void {
  const whole: usize = <usize>(n & ~3) << 2;
  const all: usize = <usize>n << 2;
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(dx + i, f32x4.mul(v128.load(dy + i), geluSlope4(v128.load(x + i))));
  for (; i < all; i += 4)
    v128.store_lane<f32>(
      dx + i,
      f32x4.mul(v128.load_splat<f32>(dy + i), geluSlope4(v128.load_splat<f32>(x + i))),
      0,
    );
}

// @ts-expect-error: decorator
@inline
function sum4(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/**
 * LayerNorm of the rows of a + b (b = 0: of a alone); the width is a multiple of four. Also writes the normalised rows and
 * 1/deviation of each row.
 */
export function layerNorm(
  a: usize,
  b: usize,
  weight: usize,
  bias: usize,
  y: usize,
  normalized: usize,
  inverse: usize,
  rows: i32,
  width: i32,
  epsilon: f32,
): void {
  const bytes: usize = <usize>width << 2;
  for (let row = 0; row < rows; row++) {
    let total = f32x4.splat(0.0);
    for (let i: usize = 0; i < bytes; i += 16) {
      let x = v128.load(a + i);
      if (b != 0) x = f32x4.add(x, v128.load(b + i));
      v128.store(normalized + i, x);
      total = f32x4.add(total, x);
    }
    const mean = f32x4.splat(sum4(total) / <f32>width);
    let squares = f32x4.splat(0.0);
    for (let i: usize = 0; i < bytes; i += 16) {
      const x = f32x4.sub(v128.load(normalized + i), mean);
      v128.store(normalized + i, x);
      squares = f32x4.add(squares, f32x4.mul(x, x));
    }
    const scale: f32 = <f32>1.0 / sqrt<f32>(sum4(squares) / <f32>width + epsilon);
    store<f32>(inverse, scale);
    const scales = f32x4.splat(scale);
    for (let i: usize = 0; i < bytes; i += 16) {
      const x = f32x4.mul(v128.load(normalized + i), scales);
      v128.store(normalized + i, x);
      v128.store(y + i, f32x4.add(f32x4.mul(x, v128.load(weight + i)), v128.load(bias + i)));
    }
    a += bytes;
    if (b != 0) b += bytes;
    y += bytes;
    normalized += bytes;
    inverse += 4;
  }
}

/** dx = (g - mean(g) - x̂ mean(g x̂)) / deviation with g = dy·weight, x̂ the normalised rows; the width is a multiple of four. */
export function layerNormGradient(
  dy: usize,
  weight: usize,
  normalized: usize,
  inverse: usize,
  dx: usize,
  rows: i32,
  width: i32,
): void {
  const bytes: usize = <usize>width << 2;
  for (let row = 0; row < rows; row++) {
    let total = f32x4.splat(0.0);
    let along = f32x4.splat(0.0);
    for (let i: usize = 0; i < bytes; i += 16) {
      const g = f32x4.mul(v128.load(dy + i), v128.load(weight + i));
      total = f32x4.add(total, g);
      along = f32x4.add(along, f32x4.mul(g, v128.load(normalized + i)));
    }
    const mean = f32x4.splat(sum4(total) / <f32>width);
    const slope = f32x4.splat(sum4(along) / <f32>width);
    const scale = f32x4.splat(load<f32>(inverse));
    for (let i: usize = 0; i < bytes; i += 16) {
      const g = f32x4.mul(v128.load(dy + i), v128.load(weight + i));
      const off = f32x4.sub(f32x4.sub(g, mean), f32x4.mul(v128.load(normalized + i), slope));
      v128.store(dx + i, f32x4.mul(off, scale));
    }
    dy += bytes;
    normalized += bytes;
    inverse += 4;
    dx += bytes;
  }
}

// @ts-expect-error: decorator
@inline
function multiplyAdd(sum: v128, x: v128, y: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, y));
}

/**
 * C = A·B + bias (0: none) with C [m, n], A [m, k], B [k, n]; n is a multiple of four. Strides are bytes from row to row.
 * Four rows at a time: past the end the last one is computed again.
 */
export function product(
  a: usize,
  b: usize,
  bias: usize,
  c: usize,
  m: i32,
  k: i32,
  n: i32,
  aStride: usize,
  bStride: usize,
  cStride: usize,
): void {
  const depth: usize = <usize>k << 2;
  const width: usize = <usize>n << 2;
  for (let i = 0; i < m; i += 4) {
    const i1 = <usize>min(i + 1, m - 1);
    const i2 = <usize>min(i + 2, m - 1);
    const i3 = <usize>min(i + 3, m - 1);
    const a0 = a + <usize>i * aStride;
    const a1 = a + i1 * aStride;
    const a2 = a + i2 * aStride;
    const a3 = a + i3 * aStride;
    const c0 = c + <usize>i * cStride;
    const c1 = c + i1 * cStride;
    const c2 = c + i2 * cStride;
    const c3 = c + i3 * cStride;
    let j: usize = 0;
    for (; j + 32 <= width; j += 32) {
      let s00 = bias != 0 ? v128.load(bias + j) : f32x4.splat(0.0);
      let s01 = bias != 0 ? v128.load(bias + j, 16) : f32x4.splat(0.0);
      let s10 = s00;
      let s11 = s01;
      let s20 = s00;
      let s21 = s01;
      let s30 = s00;
      let s31 = s01;
      let row = b + j;
      for (let p: usize = 0; p < depth; p += 4) {
        const y0 = v128.load(row);
        const y1 = v128.load(row, 16);
        const x0 = v128.load_splat<f32>(a0 + p);
        s00 = multiplyAdd(s00, x0, y0);
        s01 = multiplyAdd(s01, x0, y1);
        const x1 = v128.load_splat<f32>(a1 + p);
        s10 = multiplyAdd(s10, x1, y0);
        s11 = multiplyAdd(s11, x1, y1);
        const x2 = v128.load_splat<f32>(a2 + p);
        s20 = multiplyAdd(s20, x2, y0);
        s21 = multiplyAdd(s21, x2, y1);
        const x3 = v128.load_splat<f32>(a3 + p);
        s30 = multiplyAdd(s30, x3, y0);
        s31 = multiplyAdd(s31, x3, y1);
        row += bStride;
      }
      v128.store(c0 + j, s00);
      v128.store(c0 + j, s01, 16);
      v128.store(c1 + j, s10);
      v128.store(c1 + j, s11, 16);
      v128.store(c2 + j, s20);
      v128.store(c2 + j, s21, 16);
      v128.store(c3 + j, s30);
      v128.store(c3 + j, s31, 16);
    }
    if (j < width) {
      let s0 = bias != 0 ? v128.load(bias + j) : f32x4.splat(0.0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let row = b + j;
      for (let p: usize = 0; p < depth; p += 4) {
        const y = v128.load(row);
        s0 = multiplyAdd(s0, v128.load_splat<f32>(a0 + p), y);
        s1 = multiplyAdd(s1, v128.load_splat<f32>(a1 + p), y);
        s2 = multiplyAdd(s2, v128.load_splat<f32>(a2 + p), y);
        s3 = multiplyAdd(s3, v128.load_splat<f32>(a3 + p), y);
        row += bStride;
      }
      v128.store(c0 + j, s0);
      v128.store(c1 + j, s1);
      v128.store(c2 + j, s2);
      v128.store(c3 + j, s3);
    }
  }
}

/** Scores of four queries with n keys, `stride` bytes from one query's scores to the next's; those past the end are far below any. */
function scoreFour(
  q0: usize,
  q1: usize,
  q2: usize,
  q3: usize,
  k: usize,
  keys: usize,
  n: i32,
  keyStride: usize,
  bytes: usize,
  scale: f32,
  scores: usize,
  stride: usize,
): void {
  for (let t = 0; t < n; t += 2) {
    const k0 = k + <usize>load<i32>(keys + (<usize>t << 2)) * keyStride;
    const k1 = k + <usize>load<i32>(keys + (<usize>min(t + 1, n - 1) << 2)) * keyStride;
    let s00 = f32x4.splat(0.0);
    let s01 = s00;
    let s10 = s00;
    let s11 = s00;
    let s20 = s00;
    let s21 = s00;
    let s30 = s00;
    let s31 = s00;
    for (let p: usize = 0; p < bytes; p += 16) {
      const y0 = v128.load(k0 + p);
      const y1 = v128.load(k1 + p);
      const x0 = v128.load(q0 + p);
      s00 = multiplyAdd(s00, x0, y0);
      s01 = multiplyAdd(s01, x0, y1);
      const x1 = v128.load(q1 + p);
      s10 = multiplyAdd(s10, x1, y0);
      s11 = multiplyAdd(s11, x1, y1);
      const x2 = v128.load(q2 + p);
      s20 = multiplyAdd(s20, x2, y0);
      s21 = multiplyAdd(s21, x2, y1);
      const x3 = v128.load(q3 + p);
      s30 = multiplyAdd(s30, x3, y0);
      s31 = multiplyAdd(s31, x3, y1);
    }
    // The last of an odd number is written twice; the second is overwritten below.
    const at = scores + (<usize>t << 2);
    store<f32>(at, scale * sum4(s00));
    store<f32>(at, scale * sum4(s01), 4);
    store<f32>(at + stride, scale * sum4(s10));
    store<f32>(at + stride, scale * sum4(s11), 4);
    store<f32>(at + 2 * stride, scale * sum4(s20));
    store<f32>(at + 2 * stride, scale * sum4(s21), 4);
    store<f32>(at + 3 * stride, scale * sum4(s30));
    store<f32>(at + 3 * stride, scale * sum4(s31), 4);
  }
  for (let past: usize = <usize>n << 2; past < stride; past += 4)
    for (let i: usize = 0; i < 4; i++) store<f32>(scores + i * stride + past, -1e30);
}

/** Softmax in place over whole vectors. */
function softmax(scores: usize, bytes: usize): void {
  let most = v128.load(scores);
  for (let i: usize = 16; i < bytes; i += 16) most = f32x4.max(most, v128.load(scores + i));
  const highest: f32 = max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
  const shift = f32x4.splat(highest);
  let total = f32x4.splat(0.0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const e = exp4(f32x4.sub(v128.load(scores + i), shift));
    v128.store(scores + i, e);
    total = f32x4.add(total, e);
  }
  const factor = f32x4.splat(<f32>1.0 / sum4(total));
  for (let i: usize = 0; i < bytes; i += 16) v128.store(scores + i, f32x4.mul(v128.load(scores + i), factor));
}

/** Four mixtures of n rows of values. */
function mixFour(
  scores: usize,
  stride: usize,
  v: usize,
  keys: usize,
  n: i32,
  keyStride: usize,
  bytes: usize,
  y0: usize,
  y1: usize,
  y2: usize,
  y3: usize,
): void {
  const end: usize = <usize>n << 2;
  let j: usize = 0;
  for (; j + 32 <= bytes; j += 32) {
    let s00 = f32x4.splat(0.0);
    let s01 = s00;
    let s10 = s00;
    let s11 = s00;
    let s20 = s00;
    let s21 = s00;
    let s30 = s00;
    let s31 = s00;
    for (let t: usize = 0; t < end; t += 4) {
      const row = v + <usize>load<i32>(keys + t) * keyStride + j;
      const at = scores + t;
      const v0 = v128.load(row);
      const v1 = v128.load(row, 16);
      const p0 = v128.load_splat<f32>(at);
      s00 = multiplyAdd(s00, p0, v0);
      s01 = multiplyAdd(s01, p0, v1);
      const p1 = v128.load_splat<f32>(at + stride);
      s10 = multiplyAdd(s10, p1, v0);
      s11 = multiplyAdd(s11, p1, v1);
      const p2 = v128.load_splat<f32>(at + 2 * stride);
      s20 = multiplyAdd(s20, p2, v0);
      s21 = multiplyAdd(s21, p2, v1);
      const p3 = v128.load_splat<f32>(at + 3 * stride);
      s30 = multiplyAdd(s30, p3, v0);
      s31 = multiplyAdd(s31, p3, v1);
    }
    v128.store(y0 + j, s00);
    v128.store(y0 + j, s01, 16);
    v128.store(y1 + j, s10);
    v128.store(y1 + j, s11, 16);
    v128.store(y2 + j, s20);
    v128.store(y2 + j, s21, 16);
    v128.store(y3 + j, s30);
    v128.store(y3 + j, s31, 16);
  }
  if (j < bytes) {
    let s0 = f32x4.splat(0.0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let t: usize = 0; t < end; t += 4) {
      const row = v128.load(v + <usize>load<i32>(keys + t) * keyStride + j);
      const at = scores + t;
      s0 = multiplyAdd(s0, v128.load_splat<f32>(at), row);
      s1 = multiplyAdd(s1, v128.load_splat<f32>(at + stride), row);
      s2 = multiplyAdd(s2, v128.load_splat<f32>(at + 2 * stride), row);
      s3 = multiplyAdd(s3, v128.load_splat<f32>(at + 3 * stride), row);
    }
    v128.store(y0 + j, s0);
    v128.store(y1 + j, s1);
    v128.store(y2 + j, s2);
    v128.store(y3 + j, s3);
  }
}

/**
 * softmax(scale Q Kᵀ) V for each head of each sequence, without padding. Row r of head h starts at `h·headStride + r·rowStride`
 * bytes; Q and Y share their strides, K and V theirs. Where all heads have the same keys (keyHead = 0), their queries are
 * computed together. The width of a row is a multiple of four.
 * @param queryRows rows of each sequence's queries, one sequence after the other; @param queryOffsets [sequences + 1]
 * @param keyRows the same of the keys
 * @param scores room for four rows of the longest sequence's scores, its length rounded up to a multiple of four
 */
export function attention(
  q: usize,
  k: usize,
  v: usize,
  y: usize,
  scores: usize,
  queryRows: usize,
  queryOffsets: usize,
  keyRows: usize,
  keyOffsets: usize,
  sequences: i32,
  heads: i32,
  width: i32,
  queryRow: usize,
  queryHead: usize,
  keyRow: usize,
  keyHead: usize,
  scale: f32,
): void {
  const bytes: usize = <usize>width << 2;
  for (let b = 0; b < sequences; b++) {
    const firstQuery = load<i32>(queryOffsets + (<usize>b << 2));
    const m = load<i32>(queryOffsets + (<usize>b << 2), 4) - firstQuery;
    const firstKey = load<i32>(keyOffsets + (<usize>b << 2));
    const n = load<i32>(keyOffsets + (<usize>b << 2), 4) - firstKey;
    if (m == 0 || n == 0) continue;
    const rows = queryRows + (<usize>firstQuery << 2);
    const keys = keyRows + (<usize>firstKey << 2);
    const stride: usize = <usize>((n + 3) & ~3) << 2;
    const groups = keyHead == 0 ? 1 : heads;
    const count = keyHead == 0 ? heads * m : m;
    for (let g = 0; g < groups; g++) {
      const kg = k + <usize>g * keyHead;
      const vg = v + <usize>g * keyHead;
      for (let r = 0; r < count; r += 4) {
        const o0 = offsetOf(r, g, m, rows, queryRow, queryHead);
        const o1 = offsetOf(min(r + 1, count - 1), g, m, rows, queryRow, queryHead);
        const o2 = offsetOf(min(r + 2, count - 1), g, m, rows, queryRow, queryHead);
        const o3 = offsetOf(min(r + 3, count - 1), g, m, rows, queryRow, queryHead);
        scoreFour(q + o0, q + o1, q + o2, q + o3, kg, keys, n, keyRow, bytes, scale, scores, stride);
        for (let i: usize = 0; i < 4; i++) softmax(scores + i * stride, stride);
        mixFour(scores, stride, vg, keys, n, keyRow, bytes, y + o0, y + o1, y + o2, y + o3);
      }
    }
  }
}

/** Where row r of group g starts: numbers past m belong to the next heads. */
// @ts-expect-error: decorator
@inline
function offsetOf(r: i32, g: i32, m: i32, rows: usize, queryRow: usize, queryHead: usize): usize {
  const head = <usize>(g + r / m);
  return head * queryHead + <usize>load<i32>(rows + (<usize>(r % m) << 2)) * queryRow;
}
