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
