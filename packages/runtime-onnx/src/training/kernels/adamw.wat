;; AdamW on $bytes bytes (a multiple of 16) of weights, gradients, first and second moments at the given addresses, four values
;; at a time. See adamw.ts for the formula and the names; $rest is 1 - $beta, rounded once.
(module
  (import "hashee" "memory" (memory 4))

  (func (export "update")
    (param $wAt i32) (param $gAt i32) (param $mAt i32) (param $vAt i32) (param $bytes i32)
    (param $beta1 f32) (param $rest1 f32) (param $beta2 f32) (param $rest2 f32) (param $epsilon f32) (param $gradientScale f32)
    (param $keep f32) (param $rate f32) (param $correction f32)
    (local $i i32)
    (local $g v128) (local $m v128) (local $v v128)
    (local $beta1s v128) (local $rest1s v128) (local $beta2s v128) (local $rest2s v128)
    (local $epsilons v128) (local $scales v128) (local $keeps v128) (local $rates v128) (local $corrections v128)
    (local.set $beta1s (f32x4.splat (local.get $beta1)))
    (local.set $rest1s (f32x4.splat (local.get $rest1)))
    (local.set $beta2s (f32x4.splat (local.get $beta2)))
    (local.set $rest2s (f32x4.splat (local.get $rest2)))
    (local.set $epsilons (f32x4.splat (local.get $epsilon)))
    (local.set $scales (f32x4.splat (local.get $gradientScale)))
    (local.set $keeps (f32x4.splat (local.get $keep)))
    (local.set $rates (f32x4.splat (local.get $rate)))
    (local.set $corrections (f32x4.splat (local.get $correction)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $bytes)))
        (local.set $g
          (f32x4.mul (v128.load (i32.add (local.get $gAt) (local.get $i))) (local.get $scales)))
        (local.set $m
          (f32x4.add
            (f32x4.mul (v128.load (i32.add (local.get $mAt) (local.get $i))) (local.get $beta1s))
            (f32x4.mul (local.get $g) (local.get $rest1s))))
        (local.set $v
          (f32x4.add
            (f32x4.mul (v128.load (i32.add (local.get $vAt) (local.get $i))) (local.get $beta2s))
            (f32x4.mul (f32x4.mul (local.get $g) (local.get $g)) (local.get $rest2s))))
        (v128.store (i32.add (local.get $mAt) (local.get $i)) (local.get $m))
        (v128.store (i32.add (local.get $vAt) (local.get $i)) (local.get $v))
        (v128.store (i32.add (local.get $wAt) (local.get $i))
          (f32x4.sub
            (f32x4.mul (v128.load (i32.add (local.get $wAt) (local.get $i))) (local.get $keeps))
            (f32x4.div
              (f32x4.mul (local.get $m) (local.get $rates))
              (f32x4.add
                (f32x4.mul (f32x4.sqrt (local.get $v)) (local.get $corrections))
                (local.get $epsilons)))))
        (local.set $i (i32.add (local.get $i) (i32.const 16)))
        (br $next))))

  ;; Sum of squares of $bytes bytes (a multiple of 16).
  (func (export "squaredNorm") (param $at i32) (param $bytes i32) (result f64)
    (local $i i32) (local $x v128) (local $low v128) (local $sum v128)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $bytes)))
        (local.set $x (v128.load (i32.add (local.get $at) (local.get $i))))
        (local.set $x (f32x4.mul (local.get $x) (local.get $x)))
        (local.set $low (f64x2.promote_low_f32x4 (local.get $x)))
        (local.set $sum (f64x2.add (local.get $sum) (local.get $low)))
        (local.set $low
          (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $x) (local.get $x))))
        (local.set $sum (f64x2.add (local.get $sum) (local.get $low)))
        (local.set $i (i32.add (local.get $i) (i32.const 16)))
        (br $next)))
    (f64.add (f64x2.extract_lane 0 (local.get $sum)) (f64x2.extract_lane 1 (local.get $sum)))))
