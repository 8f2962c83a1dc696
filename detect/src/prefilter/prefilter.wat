;; Finds candidates of one window of text: the twin of candidates.ts, 64 bytes at a time. What both give is the same set; change both.
;; Compiled by scripts/prefilter-module.mjs into wasm-module.ts. wasm-prefilter.ts fills the memory and knows its layout as well:
;;
;;        0  kinds, 256 bytes: 1 digit, 2 letter, 4 wanted, 8 letter of an escape
;;      256  first classes, 256     512  next classes, 256     768  byte rows, 256
;;     1024  rows, 2 x 513
;;     2304  of the wanted bytes: by low half, 16; at 2320 by high half, 16
;;     4096  slots, 32768
;;    86016  lists, 256 x 32 x 32 x 2
;;   610304  text: 64 bytes before the window, zeros but for the last two; the window; what follows; 64 zeros at least
;;   634880  candidates: two numbers each
(module
  (memory (export "memory") 14)

  ;; One candidate of a list, if anybody is called for it: of $row, by the byte at $first and the one at $next.
  (func $listOf (param $row i32) (param $first i32) (param $next i32) (result i32)
    (i32.load16_u offset=86016
      (i32.shl
        (i32.or
          (i32.or
            (i32.shl (local.get $row) (i32.const 10))
            (i32.shl (i32.load8_u offset=256 (i32.load8_u (local.get $first))) (i32.const 5)))
          (i32.load8_u offset=512 (i32.load8_u (local.get $next))))
        (i32.const 1))))

  ;; Writes the word from $from to $to at $out, if it is wanted; gives where the next candidate is written.
  (func $word (param $from i32) (param $to i32) (param $hasLetter i32) (param $bias i32) (param $out i32) (result i32)
    (local $length i32) (local $list i32)
    (local.set $length (i32.sub (local.get $to) (local.get $from)))
    (if (i32.gt_u (local.get $length) (i32.const 512)) (then (return (local.get $out))))
    (local.set $list
      (i32.load8_u offset=1024
        (i32.add (local.get $length) (i32.mul (local.get $hasLetter) (i32.const 513)))))
    (if (i32.eqz (local.get $list)) (then (return (local.get $out))))
    (local.set $list (call $listOf (local.get $list) (local.get $from) (local.get $to)))
    (if (i32.eqz (local.get $list)) (then (return (local.get $out))))
    (i32.store (local.get $out) (i32.add (local.get $from) (local.get $bias)))
    (i32.store offset=4 (local.get $out)
      (i32.or (i32.shl (local.get $length) (i32.const 16)) (local.get $list)))
    (i32.add (local.get $out) (i32.const 8)))

  ;; 1 if the letter at $at belongs to an escape: \n.
  (func $isEscape (param $at i32) (result i32)
    (i32.and
      (i32.ne (i32.and (i32.load8_u (i32.load8_u (local.get $at))) (i32.const 8)) (i32.const 0))
      (i32.eq (i32.load8_u (i32.sub (local.get $at) (i32.const 1))) (i32.const 92))))

  ;; Words and bytes from $from to $to, both in the text; $to is a whole number of blocks behind $from, or zeros follow it.
  (func $words (param $from i32) (param $to i32) (param $bias i32) (param $out i32) (result i32)
    (local $at i32) (local $part i32) (local $v v128) (local $d v128) (local $shift i64)
    (local $W i64) (local $D i64) (local $B i64) (local $rest i64)
    (local $isOpen i32) (local $open i32) (local $digits i32) (local $letters i32)
    (local $s i32) (local $e i32) (local $lowOf v128) (local $highOf v128)
    (local.set $lowOf (v128.load (i32.const 2304)))
    (local.set $highOf (v128.load (i32.const 2320)))
    ;; A word that began before the window is no candidate of it: $open stays 0.
    (if (i32.and (i32.load8_u (i32.load8_u (i32.sub (local.get $from) (i32.const 1)))) (i32.const 3))
      (then (local.set $isOpen (i32.eqz (call $isEscape (i32.sub (local.get $from) (i32.const 1)))))))
    (local.set $at (local.get $from))
    (block $done
      (loop $blocks
        (br_if $done (i32.ge_u (local.get $at) (local.get $to)))
        (local.set $W (i64.const 0))
        (local.set $D (i64.const 0))
        (local.set $B (i64.const 0))
        (local.set $shift (i64.const 0))
        (local.set $part (local.get $at))
        (loop $parts
          (local.set $v (v128.load (local.get $part)))
          (local.set $d (i8x16.lt_u (i8x16.sub (local.get $v) (v128.const i8x16 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48 48))
            (v128.const i8x16 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10)))
          (local.set $D (i64.or (local.get $D) (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $d))) (local.get $shift))))
          (local.set $W (i64.or (local.get $W) (i64.shl (i64.extend_i32_u (i8x16.bitmask
            (v128.or (local.get $d)
              (i8x16.lt_u
                (i8x16.sub
                  (v128.or (local.get $v) (v128.const i8x16 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32 32))
                  (v128.const i8x16 97 97 97 97 97 97 97 97 97 97 97 97 97 97 97 97))
                (v128.const i8x16 26 26 26 26 26 26 26 26 26 26 26 26 26 26 26 26))))) (local.get $shift))))
          (local.set $B (i64.or (local.get $B) (i64.shl (i64.extend_i32_u (i8x16.bitmask
            (i8x16.ne
              (v128.and
                (i8x16.swizzle (local.get $lowOf)
                  (v128.and (local.get $v) (v128.const i8x16 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15)))
                (i8x16.swizzle (local.get $highOf) (i8x16.shr_u (local.get $v) (i32.const 4))))
              (v128.const i64x2 0 0)))) (local.get $shift))))
          (local.set $part (i32.add (local.get $part) (i32.const 16)))
          (local.set $shift (i64.add (local.get $shift) (i64.const 16)))
          (br_if $parts (i64.ne (local.get $shift) (i64.const 64))))

        ;; The word that is open from the block before.
        (block $whole
          (if (local.get $isOpen)
            (then
              (if (i64.eq (local.get $W) (i64.const -1))
                (then
                  (local.set $digits (i32.or (local.get $digits) (i64.ne (local.get $D) (i64.const 0))))
                  (local.set $letters (i32.or (local.get $letters) (i64.ne (local.get $D) (i64.const -1))))
                  (br $whole)))
              (local.set $e (i32.wrap_i64 (i64.ctz (i64.xor (local.get $W) (i64.const -1)))))
              (local.set $rest (i64.sub (i64.shl (i64.const 1) (i64.extend_i32_u (local.get $e))) (i64.const 1)))
              (local.set $digits (i32.or (local.get $digits) (i64.ne (i64.and (local.get $D) (local.get $rest)) (i64.const 0))))
              (local.set $letters (i32.or (local.get $letters)
                (i64.ne (i64.and (i64.xor (local.get $W) (local.get $D)) (local.get $rest)) (i64.const 0))))
              (if (i32.and (i32.ne (local.get $open) (i32.const 0)) (local.get $digits))
                (then (local.set $out (call $word (local.get $open) (i32.add (local.get $at) (local.get $e))
                  (local.get $letters) (local.get $bias) (local.get $out)))))
              (local.set $isOpen (i32.const 0))
              (local.set $rest (i64.xor (local.get $rest) (i64.const -1)))
              (local.set $W (i64.and (local.get $W) (local.get $rest)))
              (local.set $D (i64.and (local.get $D) (local.get $rest)))))
          ;; The word that stays open: not one of this block.
          (if (i64.lt_s (local.get $W) (i64.const 0))
            (then
              (local.set $s (i32.sub (i32.const 64) (i32.wrap_i64 (i64.clz (i64.xor (local.get $W) (i64.const -1))))))
              (local.set $isOpen (i32.const 1))
              (local.set $open (i32.add (local.get $at) (local.get $s)))
              (if (call $isEscape (local.get $open))
                (then
                  (local.set $open (i32.add (local.get $open) (i32.const 1)))
                  (local.set $e (i32.add (local.get $s) (i32.const 1))))
                (else (local.set $e (local.get $s))))
              ;; What is behind the letter of an escape, which may be nothing yet.
              (local.set $rest (select
                (i64.const 0)
                (i64.shl (i64.const -1) (i64.extend_i32_u (local.get $e)))
                (i32.eq (local.get $e) (i32.const 64))))
              (local.set $digits (i64.ne (i64.and (local.get $D) (local.get $rest)) (i64.const 0)))
              (local.set $letters (i64.ne (i64.and (i64.xor (local.get $W) (local.get $D)) (local.get $rest)) (i64.const 0)))
              (local.set $rest (i64.xor (i64.shl (i64.const -1) (i64.extend_i32_u (local.get $s))) (i64.const -1)))
              (local.set $W (i64.and (local.get $W) (local.get $rest)))
              (local.set $D (i64.and (local.get $D) (local.get $rest)))))
          ;; Bytes, and words with a digit within the block, in their order.
          (loop $inside
            (local.set $rest (i64.or (local.get $D) (local.get $B)))
            (br_if $whole (i64.eqz (local.get $rest)))
            (local.set $shift (i64.ctz (local.get $rest)))
            (if (i64.ne (i64.and (i64.shr_u (local.get $B) (local.get $shift)) (i64.const 1)) (i64.const 0))
              (then
                (local.set $B (i64.and (local.get $B) (i64.sub (local.get $B) (i64.const 1))))
                (local.set $s (i32.add (local.get $at) (i32.wrap_i64 (local.get $shift))))
                (local.set $e (i32.load8_u offset=768 (i32.load8_u (local.get $s))))
                (br_if $inside (i32.eqz (local.get $e)))
                (local.set $e (call $listOf (local.get $e) (i32.sub (local.get $s) (i32.const 1)) (i32.add (local.get $s) (i32.const 1))))
                (br_if $inside (i32.eqz (local.get $e)))
                (i32.store (local.get $out) (i32.add (local.get $s) (local.get $bias)))
                (i32.store offset=4 (local.get $out) (i32.or (local.get $e) (i32.const 0x8000000)))
                (local.set $out (i32.add (local.get $out) (i32.const 8)))
                (br $inside)))
            (local.set $s (i32.wrap_i64 (i64.sub (i64.const 64) (i64.clz
              (i64.and
                (i64.xor (local.get $W) (i64.const -1))
                (i64.sub (i64.shl (i64.const 1) (local.get $shift)) (i64.const 1)))))))
            (local.set $shift (i64.add (local.get $shift)
              (i64.ctz (i64.xor (i64.shr_u (local.get $W) (local.get $shift)) (i64.const -1)))))
            (local.set $e (i32.add (local.get $at) (i32.wrap_i64 (local.get $shift))))
            (if (call $isEscape (i32.add (local.get $at) (local.get $s)))
              (then (local.set $s (i32.add (local.get $s) (i32.const 1)))))
            ;; Bits from $s on that are below the word's end.
            (local.set $rest (i64.shl (i64.const -1) (local.get $shift)))
            (local.set $out (call $word
              (i32.add (local.get $at) (local.get $s)) (local.get $e)
              (i64.ne
                (i64.and
                  (i64.xor (local.get $W) (local.get $D))
                  (i64.and (i64.shl (i64.const -1) (i64.extend_i32_u (local.get $s))) (i64.xor (local.get $rest) (i64.const -1))))
                (i64.const 0))
              (local.get $bias) (local.get $out)))
            (local.set $D (i64.and (local.get $D) (local.get $rest)))
            (br $inside)))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $blocks)))
    ;; The word that the window cuts, to its end. Zeros end it. One that begins behind the window is of the next.
    (if (i32.and (local.get $isOpen) (i32.and (i32.ne (local.get $open) (i32.const 0)) (i32.lt_u (local.get $open) (local.get $to))))
      (then
        (block $end
          (loop $further
            (local.set $e (i32.load8_u (i32.load8_u (local.get $at))))
            (br_if $end (i32.eqz (i32.and (local.get $e) (i32.const 3))))
            (local.set $digits (i32.or (local.get $digits) (i32.and (local.get $e) (i32.const 1))))
            (local.set $letters (i32.or (local.get $letters) (i32.and (i32.shr_u (local.get $e) (i32.const 1)) (i32.const 1))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $further)))
        (if (local.get $digits)
          (then (local.set $out (call $word (local.get $open) (local.get $at) (local.get $letters) (local.get $bias) (local.get $out)))))))
    (local.get $out))

  ;; Literals that begin from $from to $to. The hash is slotOf of dispatch.ts, written out: engines don't inline calls.
  (func $literals (param $from i32) (param $to i32) (param $bias i32) (param $out i32) (result i32)
    (local $at i32) (local $slot i32) (local $last i32) (local $x i32) (local $hit i32)
    (local.set $at (local.get $from))
    (block $done
      (loop $next
        ;; Eight at a time, as long as there is none.
        (local.set $last (i32.sub (local.get $to) (i32.const 8)))
        (block $found
          (loop $eight
            (br_if $found (i32.gt_s (local.get $at) (local.get $last)))
            (local.set $hit (i32.const 0))
            ;; At $at + 0.
            (local.set $x (i32.load align=1 (local.get $at)))
            (local.set $hit (i32.or (local.get $hit)
              (i32.shr_u
                (i32.load8_u offset=4096 (i32.shr_u (i32.mul (i32.shl (local.get $x) (i32.const 8)) (i32.const 0x9e3779b1)) (i32.const 17)))
                (i32.and (i32.shr_u (local.get $x) (i32.const 24)) (i32.const 7)))))
            ;; At $at + 1.
            (local.set $x (i32.load offset=1 align=1 (local.get $at)))
            (local.set $hit (i32.or (local.get $hit)
              (i32.shr_u
                (i32.load8_u offset=4096 (i32.shr_u (i32.mul (i32.shl (local.get $x) (i32.const 8)) (i32.const 0x9e3779b1)) (i32.const 17)))
                (i32.and (i32.shr_u (local.get $x) (i32.const 24)) (i32.const 7)))))
            ;; At $at + 2.
            (local.set $x (i32.load offset=2 align=1 (local.get $at)))
            (local.set $hit (i32.or (local.get $hit)
              (i32.shr_u
                (i32.load8_u offset=4096 (i32.shr_u (i32.mul (i32.shl (local.get $x) (i32.const 8)) (i32.const 0x9e3779b1)) (i32.const 17)))
                (i32.and (i32.shr_u (local.get $x) (i32.const 24)) (i32.const 7)))))
            ;; At $at + 3.
            (local.set $x (i32.load offset=3 align=1 (local.get $at)))
            (local.set $hit (i32.or (local.get $hit)
              (i32.shr_u
                (i32.load8_u offset=4096 (i32.shr_u (i32.mul (i32.shl (local.get $x) (i32.const 8)) (i32.const 0x9e3779b1)) (i32.const 17)))
                (i32.and (i32.shr_u (local.get $x) (i32.const 24)) (i32.const 7)))))
            ;; At $at + 4.
            (local.set $x (i32.load offset=4 align=1 (local.get $at)))
            (local.set $hit (i32.or (local.get $hit)
              (i32.shr_u
                (i32.load8_u offset=4096 (i32.shr_u (i32.mul (i32.shl (local.get $x) (i32.const 8)) (i32.const 0x9e3779b1)) (i32.const 17)))
                (i32.and (i32.shr_u (local.get $x) (i32.const 24)) (i32.const 7)))))
            ;; At $at + 5.
            (local.set $x (i32.load offset=5 align=1 (local.get $at)))
            (local.set $hit (i32.or (local.get $hit)
              (i32.shr_u
                (i32.load8_u offset=4096 (i32.shr_u (i32.mul (i32.shl (local.get $x) (i32.const 8)) (i32.const 0x9e3779b1)) (i32.const 17)))
                (i32.and (i32.shr_u (local.get $x) (i32.const 24)) (i32.const 7)))))
            ;; At $at + 6.
            (local.set $x (i32.load offset=6 align=1 (local.get $at)))
            (local.set $hit (i32.or (local.get $hit)
              (i32.shr_u
                (i32.load8_u offset=4096 (i32.shr_u (i32.mul (i32.shl (local.get $x) (i32.const 8)) (i32.const 0x9e3779b1)) (i32.const 17)))
                (i32.and (i32.shr_u (local.get $x) (i32.const 24)) (i32.const 7)))))
            ;; At $at + 7.
            (local.set $x (i32.load offset=7 align=1 (local.get $at)))
            (local.set $hit (i32.or (local.get $hit)
              (i32.shr_u
                (i32.load8_u offset=4096 (i32.shr_u (i32.mul (i32.shl (local.get $x) (i32.const 8)) (i32.const 0x9e3779b1)) (i32.const 17)))
                (i32.and (i32.shr_u (local.get $x) (i32.const 24)) (i32.const 7)))))
            (br_if $found (i32.and (local.get $hit) (i32.const 1)))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br $eight)))
        (local.set $last (i32.add (local.get $at) (i32.const 8)))
        (if (i32.gt_s (local.get $last) (local.get $to)) (then (local.set $last (local.get $to))))
        (loop $one
          (br_if $done (i32.ge_s (local.get $at) (local.get $to)))
          (local.set $x (i32.load align=1 (local.get $at)))
          (local.set $slot (i32.shr_u (i32.mul (i32.shl (local.get $x) (i32.const 8)) (i32.const 0x9e3779b1)) (i32.const 17)))
          (if (i32.and
                (i32.shr_u
                  (i32.load8_u offset=4096 (local.get $slot))
                  (i32.and (i32.shr_u (local.get $x) (i32.const 24)) (i32.const 7)))
                (i32.const 1))
            (then
              (i32.store (local.get $out) (i32.add (local.get $at) (local.get $bias)))
              (i32.store offset=4 (local.get $out) (i32.or (local.get $slot) (i32.const 0x4000000)))
              (local.set $out (i32.add (local.get $out) (i32.const 8)))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $one (i32.lt_s (local.get $at) (local.get $last))))
        (br $next)))
    (local.get $out))

  ;; Of the window of $length bytes at 610368; literals may begin in the first $literals of them. $from is its place in the
  ;; text. Gives how many numbers were written.
  (func (export "fill") (param $length i32) (param $literals i32) (param $from i32) (result i32)
    (local $bias i32)
    (local.set $bias (i32.sub (local.get $from) (i32.const 610368)))
    (i32.shr_u
      (i32.sub
        (call $words
          (i32.const 610368) (i32.add (i32.const 610368) (local.get $length)) (local.get $bias)
          (call $literals
            (i32.const 610368) (i32.add (i32.const 610368) (local.get $literals)) (local.get $bias)
            (i32.const 634880)))
        (i32.const 634880))
      (i32.const 2))))
