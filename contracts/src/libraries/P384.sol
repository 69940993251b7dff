// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P384Scalars} from "./P384Scalars.sol";

/// ECDSA over P-384 with hints from whoever sends the transaction (`contracts/bindings/snp-hints.ts` makes them). A hint saves
/// work and is never believed: each is checked by an equation that only the right value meets.
///
/// To show is e·G + r·Q = ±s·R for a point R with x(R) ≡ r (mod n). P384Scalars checks small a, b and some c with
/// t = a/r ≠ 0, b = ±t·s, c = t·e, so c·G + a·Q + b·R = 0 (R up to its sign) says the same; with c = c0 + 2^192·c1 no
/// scalar is longer than 192 bits. One sum of four points is added per bit, and to each sum belongs B, a point of which
/// nobody knows the logarithm: from 2·B on no step meets infinity or equal points, and the whole must end at
/// (3·2^192 − 1)·B.
///
/// Slopes of lines are hints too: λ·(x2 − x1) = y2 − y1 is one multiplication where a division would be hundreds.
library P384 {
    /// y of R, a, b, c, kind; then 12 slopes for the sums and 2 for each of 192 steps, 48 bytes each.
    uint256 internal constant HINTS_LENGTH = 145 + 48 * (12 + 2 * 192);

    /// `key` is x ‖ y, big-endian. False for a wrong signature, and for wrong hints of a right one.
    function isValid(
        uint256[2] memory digest,
        uint256[2] memory r,
        uint256[2] memory s,
        bytes calldata key,
        bytes calldata hints
    ) internal view returns (bool) {
        if (hints.length != HINTS_LENGTH || key.length != 96) return false;
        (bool isSound, uint256[2] memory x) = P384Scalars.check(digest, r, s, hints);
        return isSound && _sumIsZero(x, key, hints);
    }

    /// c·G + a·Q + b·R = 0, with Q and R on the curve. Field elements are two words, (high 128 bits, low 256 bits), in
    /// Montgomery form v·2^256 mod p.
    ///
    /// `odd` collects the high words of products and slopes: where one exceeds 2^128 − 3 the final test fails, so every
    /// value that counts is the least residue, equal values are equal words, and no product overflows. A genuine signature
    /// meets such a value with a probability below 2^-116.
    /// `wrong` collects the differences of values that must be equal.
    function _sumIsZero(
        uint256[2] memory x,
        bytes calldata key,
        bytes calldata hints
    ) private pure returns (bool isZero) {
        assembly ("memory-safe") {
            /// a·b / 2^256 mod p. T = (a·b + m·p) / 2^256 is known modulo 2^256 and modulo 2^256 − 1, hence whole, as
            /// T < 2^512 − 2^256; then its part above 2^384 is folded by 2^384 ≡ k, where p = 2^384 − k.
            function mulp(a1, a0, b1, b0) -> c1, c0 {
                let m1 := not(0)
                let low := mul(a0, b0)
                let t := mulmod(a0, b0, m1)
                let h := sub(sub(t, low), lt(t, low))
                let m := mul(low, 0xfffffffcfffffffafffffffbfffffffe00000000000000010000000100000001) // −1/p
                t := mulmod(m, 0x100000000ffffffffffffffff00000001, m1) // m·k, whose low word is `low`
                h := add(
                    sub(h, sub(sub(t, low), lt(t, low))),
                    add(shl(128, m), add(mul(a0, b1), mul(a1, b0)))
                )
                t := addmod(
                    mulmod(addmod(a0, a1, m1), addmod(b0, b1, m1), m1),
                    mulmod(m, 0xffffffffffffffffffffffffffffffffffffffff0000000000000000fffffffe, m1), // p
                    m1
                )
                t := sub(sub(t, h), lt(t, h))
                low := add(h, mul(shr(128, t), 0xffffffffffffffff00000001)) // k − 2^128
                c0 := add(low, and(t, 0xffffffffffffffffffffffffffffffff00000000000000000000000000000000))
                c1 := add(and(t, 0xffffffffffffffffffffffffffffffff), add(lt(low, h), lt(c0, low)))
            }

            /// a − b mod p, of least residues.
            function subp(a1, a0, b1, b0) -> c1, c0 {
                c0 := sub(a0, b0)
                c1 := sub(sub(a1, b1), lt(a0, b0))
                if shr(255, c1) {
                    a0 := sub(c0, 0x100000000ffffffffffffffff00000001)
                    c1 := sub(add(c1, 0x100000000000000000000000000000000), gt(a0, c0))
                    c0 := a0
                }
            }

            function differs(a1, a0, b1, b0) -> yes {
                yes := or(xor(a1, b1), xor(a0, b0))
            }

            function read(at) -> high, low {
                high := shr(128, calldataload(at))
                low := calldataload(add(at, 16))
            }

            /// Writes a point in Montgomery form; the caller has seen coordinates below 2^384.
            function put(to, x1, x0, y1, y0) -> odd, wrong {
                let top := 0xffffffffffffffffffffffffffffffff
                let p0 := 0xfffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff
                wrong := or(and(eq(x1, top), iszero(lt(x0, p0))), and(eq(y1, top), iszero(lt(y0, p0))))
                let r2 := 0x00000000ffffffffffffffff0000000100000000000000000000000000000000 // 2^512 mod p − 2^256
                x1, x0 := mulp(x1, x0, 1, r2)
                y1, y0 := mulp(y1, y0, 1, r2)
                odd := or(add(x1, 2), add(y1, 2))
                mstore(to, x1)
                mstore(add(to, 0x20), x0)
                mstore(add(to, 0x40), y1)
                mstore(add(to, 0x60), y0)
                // y² = (x² − 3)·x + b
                let u1, u0 := mulp(x1, x0, x1, x0)
                odd := or(odd, add(u1, 2))
                u1, u0 := subp(u1, u0, 3, 0)
                u1, u0 := mulp(u1, u0, x1, x0)
                odd := or(odd, add(u1, 2))
                u1, u0 := subp(
                    u1,
                    u0,
                    0x867896c9e06116d65aad49c262bed233,
                    0x32f7eeb49fb0400649d4de0be0fddf6a96501d470492c77d4cff7eccafec78a4
                )
                y1, y0 := mulp(y1, y0, y1, y0)
                odd := or(odd, add(y1, 2))
                wrong := or(wrong, differs(u1, u0, y1, y0))
            }

            /// Writes the sum of the points at `one` and `other`, by the slope at `hint`.
            function sum(to, one, other, hint) -> odd, wrong {
                let l1, l0 := read(hint)
                odd := add(l1, 2)
                let d1, d0 := subp(mload(other), mload(add(other, 0x20)), mload(one), mload(add(one, 0x20)))
                wrong := iszero(or(d1, d0))
                d1, d0 := mulp(l1, l0, d1, d0)
                odd := or(odd, add(d1, 2))
                {
                    let e1, e0 := subp(
                        mload(add(other, 0x40)),
                        mload(add(other, 0x60)),
                        mload(add(one, 0x40)),
                        mload(add(one, 0x60))
                    )
                    wrong := or(wrong, differs(d1, d0, e1, e0))
                }
                d1, d0 := mulp(l1, l0, l1, l0)
                odd := or(odd, add(d1, 2))
                d1, d0 := subp(d1, d0, mload(one), mload(add(one, 0x20)))
                d1, d0 := subp(d1, d0, mload(other), mload(add(other, 0x20)))
                mstore(to, d1)
                mstore(add(to, 0x20), d0)
                d1, d0 := subp(mload(one), mload(add(one, 0x20)), d1, d0)
                d1, d0 := mulp(l1, l0, d1, d0)
                odd := or(odd, add(d1, 2))
                d1, d0 := subp(d1, d0, mload(add(one, 0x40)), mload(add(one, 0x60)))
                mstore(add(to, 0x40), d1)
                mstore(add(to, 0x60), d0)
            }

            /// P := 2·P + T as (P + T) + P, without y of P + T: λ for the first line, and μ, the second slope negated.
            /// (λ − μ)·(x − x(P+T)) = 2y can't hold for x = x(P+T), as no point has y = 0.
            function step(x1, x0, y1, y0, t, hint) -> z1, z0, w1, w0, odd, wrong {
                let l1, l0 := read(hint)
                odd := add(l1, 2)
                z1, z0 := subp(mload(t), mload(add(t, 0x20)), x1, x0)
                wrong := iszero(or(z1, z0))
                w1, w0 := mulp(l1, l0, z1, z0)
                odd := or(odd, add(w1, 2))
                z1, z0 := subp(mload(add(t, 0x40)), mload(add(t, 0x60)), y1, y0)
                wrong := or(wrong, differs(w1, w0, z1, z0))
                z1, z0 := mulp(l1, l0, l1, l0)
                odd := or(odd, add(z1, 2))
                z1, z0 := subp(z1, z0, x1, x0)
                z1, z0 := subp(z1, z0, mload(t), mload(add(t, 0x20))) // x of P + T
                let m1, m0 := read(add(hint, 48))
                odd := or(odd, add(m1, 2))
                l1, l0 := subp(l1, l0, m1, m0)
                odd := or(odd, add(l1, 2))
                w1, w0 := subp(x1, x0, z1, z0)
                w1, w0 := mulp(l1, l0, w1, w0)
                odd := or(odd, add(w1, 2))
                w1, w0 := subp(w1, w0, y1, y0)
                wrong := or(wrong, differs(w1, w0, y1, y0))
                w1, w0 := mulp(m1, m0, m1, m0)
                odd := or(odd, add(w1, 2))
                w1, w0 := subp(w1, w0, z1, z0)
                z1, z0 := subp(w1, w0, x1, x0)
                w1, w0 := subp(z1, z0, x1, x0)
                w1, w0 := mulp(m1, m0, w1, w0)
                odd := or(odd, add(w1, 2))
                w1, w0 := subp(w1, w0, y1, y0)
            }

            // B, B + G, B + 2^192·G and the sum of all, x and y. B has x = SHA-384("hearth p384 offset 2"), the first
            // number from 0 on that gives a point, and an even y.
            function constants(to) {
                mstore(to, 0xacb93df891a556a4d911cc0fc02d0675)
                mstore(add(to, 0x20), 0x639d2ea907964cef345d1d48760c9f45cdcbf54a6368f4c600925b23fe468ae3)
                mstore(add(to, 0x40), 0x1cbba576225a49f83be566487684a748)
                mstore(add(to, 0x60), 0x176b6a4e55c727361a3f414b2f760f6e07b3b2b073f519750f29b1841554da8d)
                mstore(add(to, 0x80), 0xc0887936ac3b81d3b4b9a90eb9318b69)
                mstore(add(to, 0xa0), 0xf42b9fd8b66b4b08ef5d8c3d58c37e8f59163204a418e5820761c8853696198c)
                mstore(add(to, 0xc0), 0x0d254b4005a7a0c1e3afd07e30fcf9a8)
                mstore(add(to, 0xe0), 0x16d91267754f4ac1b79e43f85b47a235153f8c849374eeac96229b3412c9af13)
                mstore(add(to, 0x100), 0x2e8cdc9773b795030717c5385a60f454)
                mstore(add(to, 0x120), 0xc5ab783e9a0bf3104e8cf316e7f44b248e4bc8597e10d290b291c6fc625cae8a)
                mstore(add(to, 0x140), 0xd094f18102aa2bb1ece3235a5ee37689)
                mstore(add(to, 0x160), 0x98970afbe76136a23a1c530a8e476c972173f0d3b7e4105a006de8939cbc2668)
                mstore(add(to, 0x180), 0xd0a89dd9ba5add3ed8e6cfe3ab393ee5)
                mstore(add(to, 0x1a0), 0x63692f575497fd41e65bdee3bfc11fdc1194831b7bd4d90e03ddcd55df048b6d)
                mstore(add(to, 0x1c0), 0xed9487073fc243100b9fcc75c6220521)
                mstore(add(to, 0x1e0), 0x9ebd47a89494c3f1eb461d209fab29c9d65da9c0179b4f3d05b5c94d9d68a967)
            }

            /// For each bit from 2^191 down, which of G (1), 2^192·G (2), Q (4) and R (8) are in its sum; one byte each.
            function digits(to, hint) {
                let a := shr(64, calldataload(hint))
                let b := shr(64, calldataload(add(hint, 24)))
                let c := shr(64, calldataload(add(hint, 48)))
                let d := shr(64, calldataload(add(hint, 72)))
                for {
                    let i := 191
                } lt(i, 192) {
                    i := sub(i, 1)
                } {
                    let g := or(and(shr(i, d), 1), shl(1, and(shr(i, c), 1)))
                    mstore8(to, or(g, or(shl(2, and(shr(i, a), 1)), shl(3, and(shr(i, b), 1)))))
                    to := add(to, 1)
                }
            }

            // Sixteen points of four words, two points beside them, 192 digits.
            let table := mload(0x40)
            let points := add(table, 0x800)
            let digit := add(table, 0x900)
            constants(table)
            digits(digit, add(hints.offset, 48))
            let y1, y0 := read(key.offset)
            let odd, wrong
            {
                let v1, v0 := read(add(key.offset, 48))
                odd, wrong := put(points, y1, y0, v1, v0)
            }
            {
                y1, y0 := read(hints.offset)
                let o, w := put(add(points, 0x80), mload(x), mload(add(x, 0x20)), y1, y0)
                odd := or(odd, o)
                wrong := or(wrong, w)
            }
            let hint := add(hints.offset, 145)
            for {
                let i := 4
            } lt(i, 16) {
                i := add(i, 1)
            } {
                // T[i] = T[i − 4] + Q, T[i] = T[i − 8] + R
                let back := shl(shr(3, i), 4)
                let o, w := sum(
                    add(table, shl(7, i)),
                    add(table, shl(7, sub(i, back))),
                    add(points, shl(7, shr(3, i))),
                    hint
                )
                odd := or(odd, o)
                wrong := or(wrong, w)
                hint := add(hint, 48)
            }
            // 2·B
            let x1 := 0x48eb39892d45f31e33dbb86395675edd
            let x0 := 0x14b68ce844a5202196afcc635885d67f79d307658b9c72dab40c095f623636fe
            y1 := 0x3cfac8350a2605c470d6b73decc99853
            y0 := 0x4055652129cbefb0acf4a08f84268d11af0e44aad43de1fc0bbca8513c8c37ef
            for {
                let end := add(digit, 192)
            } lt(digit, end) {
                digit := add(digit, 1)
            } {
                let o, w
                x1, x0, y1, y0, o, w := step(x1, x0, y1, y0, add(table, shl(7, byte(0, mload(digit)))), hint)
                odd := or(odd, o)
                wrong := or(wrong, w)
                hint := add(hint, 96)
            }
            wrong := or(
                wrong,
                or(
                    differs(
                        x1,
                        x0,
                        0xec98dd8d2b5a867818848b557cf799ba,
                        0xa27c3e5f4ac632bda9cda681bdd0e12f1515cf33346f7b513889e4ca58b4bd7f
                    ),
                    differs(
                        y1,
                        y0,
                        0x84b192d4a76cafa280342a2f0214c06d,
                        0x8fea96be3951f3c79ec3c3cbe6d502167f3e61eb1fe2382ae6da75f4c643c014
                    )
                )
            )
            isZero := iszero(or(shr(128, odd), wrong))
        }
    }
}
