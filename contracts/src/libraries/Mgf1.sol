// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// MGF1 with SHA-384 (RFC 8017, B.2.1) for the mask of a PSS signature. Its ten hashes differ only in a counter and are
/// computed two at a time: each word of 256 bits carries a 64-bit word of either hash, in a lane of 128 bits.
library Mgf1 {
    /// The first 480 bytes of MGF1 of a seed of 48 bytes (its first 128 and last 256 bits); `mask` has 32 bytes to spare.
    function mask(uint256 seedHigh, uint256 seedLow) internal pure returns (bytes memory output) {
        output = new bytes(512);
        assembly ("memory-safe") {
            function lanes() -> m {
                m := 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff
            }

            function both(x) -> pair {
                pair := or(shl(128, x), x)
            }

            /// W[16..79]; σ leaves rubbish above each 64 bits, which must not be carried into the other lane.
            function expand(w) {
                for {
                    let end := add(w, 0x800)
                } lt(w, end) {
                    w := add(w, 0x20)
                } {
                    let x := mload(add(w, 0x20))
                    let d := mul(x, 0x10000000000000001)
                    let sum := and(xor(xor(shr(1, d), shr(8, d)), shr(7, x)), lanes())
                    x := mload(add(w, 0x1c0))
                    d := mul(x, 0x10000000000000001)
                    sum := add(sum, and(xor(xor(shr(19, d), shr(61, d)), shr(6, x)), lanes()))
                    sum := add(sum, add(mload(add(w, 0x120)), mload(w)))
                    mstore(add(w, 0x200), and(sum, lanes()))
                }
            }

            /// As in Sha384, with the sums over the state that `start` ends written to `to`, a to h.
            function compress(start, w, to) {
                let s := start
                let a := mload(s)
                let b := mload(sub(s, 0x40))
                let c := mload(sub(s, 0x80))
                let e := mload(add(s, 0x20))
                let f := mload(sub(s, 0x20))
                let g := mload(sub(s, 0x60))
                for {} mload(add(w, 0xa00)) {
                    w := add(w, 0x40)
                    s := add(s, 0x80)
                } {
                    let t
                    let u
                    t := mul(e, 0x10000000000000001)
                    t := add(
                        add(mload(sub(s, 0xa0)), add(mload(w), mload(add(w, 0xa00)))),
                        add(
                            and(xor(xor(shr(14, t), shr(18, t)), shr(41, t)), lanes()),
                            xor(g, and(e, xor(f, g)))
                        )
                    )
                    g := f
                    f := e
                    e := and(add(mload(sub(s, 0xc0)), t), lanes())
                    mstore(add(s, 0x60), e)
                    u := mul(a, 0x10000000000000001)
                    t := add(
                        add(t, and(xor(xor(shr(28, u), shr(34, u)), shr(39, u)), lanes())),
                        xor(and(a, xor(b, c)), and(b, c))
                    )
                    c := b
                    b := a
                    a := and(t, lanes())
                    mstore(add(s, 0x40), a)
                    t := mul(e, 0x10000000000000001)
                    t := add(
                        add(mload(sub(s, 0x60)), add(mload(add(w, 0x20)), mload(add(w, 0xa20)))),
                        add(
                            and(xor(xor(shr(14, t), shr(18, t)), shr(41, t)), lanes()),
                            xor(g, and(e, xor(f, g)))
                        )
                    )
                    g := f
                    f := e
                    e := and(add(mload(sub(s, 0x80)), t), lanes())
                    mstore(add(s, 0xa0), e)
                    u := mul(a, 0x10000000000000001)
                    t := add(
                        add(t, and(xor(xor(shr(28, u), shr(34, u)), shr(39, u)), lanes())),
                        xor(and(a, xor(b, c)), and(b, c))
                    )
                    c := b
                    b := a
                    a := and(t, lanes())
                    mstore(add(s, 0x80), a)
                }
                for {
                    let i := 0
                } lt(i, 4) {
                    i := add(i, 1)
                } {
                    let back := shl(6, i)
                    mstore(
                        add(to, shl(5, i)),
                        and(add(mload(sub(s, back)), mload(sub(start, back))), lanes())
                    )
                    mstore(
                        add(add(to, 0x80), shl(5, i)),
                        and(add(mload(sub(add(s, 0x20), back)), mload(sub(add(start, 0x20), back))), lanes())
                    )
                }
            }

            /// One lane of six words as 48 bytes, and 16 bytes of zeros.
            function put(to, from, shift) {
                let v := 0
                for {
                    let i := 0
                } lt(i, 4) {
                    i := add(i, 1)
                } {
                    v := or(shl(64, v), and(shr(shift, mload(add(from, shl(5, i)))), 0xffffffffffffffff))
                }
                mstore(to, v)
                v := and(shr(shift, mload(add(from, 0x80))), 0xffffffffffffffff)
                v := or(shl(64, v), and(shr(shift, mload(add(from, 0xa0))), 0xffffffffffffffff))
                mstore(add(to, 0x20), shl(128, v))
            }

            /// K[0..79] in both lanes.
            function constants(to) {
                function two(at, k) {
                    mstore(at, both(shr(128, k)))
                    mstore(add(at, 0x20), both(and(k, 0xffffffffffffffff)))
                }
                two(to, 0x0000000000000000428a2f98d728ae2200000000000000007137449123ef65cd)
                two(add(to, 0x40), 0x0000000000000000b5c0fbcfec4d3b2f0000000000000000e9b5dba58189dbbc)
                two(add(to, 0x80), 0x00000000000000003956c25bf348b538000000000000000059f111f1b605d019)
                two(add(to, 0xc0), 0x0000000000000000923f82a4af194f9b0000000000000000ab1c5ed5da6d8118)
                two(add(to, 0x100), 0x0000000000000000d807aa98a3030242000000000000000012835b0145706fbe)
                two(add(to, 0x140), 0x0000000000000000243185be4ee4b28c0000000000000000550c7dc3d5ffb4e2)
                two(add(to, 0x180), 0x000000000000000072be5d74f27b896f000000000000000080deb1fe3b1696b1)
                two(add(to, 0x1c0), 0x00000000000000009bdc06a725c712350000000000000000c19bf174cf692694)
                two(add(to, 0x200), 0x0000000000000000e49b69c19ef14ad20000000000000000efbe4786384f25e3)
                two(add(to, 0x240), 0x00000000000000000fc19dc68b8cd5b50000000000000000240ca1cc77ac9c65)
                two(add(to, 0x280), 0x00000000000000002de92c6f592b027500000000000000004a7484aa6ea6e483)
                two(add(to, 0x2c0), 0x00000000000000005cb0a9dcbd41fbd4000000000000000076f988da831153b5)
                two(add(to, 0x300), 0x0000000000000000983e5152ee66dfab0000000000000000a831c66d2db43210)
                two(add(to, 0x340), 0x0000000000000000b00327c898fb213f0000000000000000bf597fc7beef0ee4)
                two(add(to, 0x380), 0x0000000000000000c6e00bf33da88fc20000000000000000d5a79147930aa725)
                two(add(to, 0x3c0), 0x000000000000000006ca6351e003826f0000000000000000142929670a0e6e70)
                two(add(to, 0x400), 0x000000000000000027b70a8546d22ffc00000000000000002e1b21385c26c926)
                two(add(to, 0x440), 0x00000000000000004d2c6dfc5ac42aed000000000000000053380d139d95b3df)
                two(add(to, 0x480), 0x0000000000000000650a73548baf63de0000000000000000766a0abb3c77b2a8)
                two(add(to, 0x4c0), 0x000000000000000081c2c92e47edaee6000000000000000092722c851482353b)
                two(add(to, 0x500), 0x0000000000000000a2bfe8a14cf103640000000000000000a81a664bbc423001)
                two(add(to, 0x540), 0x0000000000000000c24b8b70d0f897910000000000000000c76c51a30654be30)
                two(add(to, 0x580), 0x0000000000000000d192e819d6ef52180000000000000000d69906245565a910)
                two(add(to, 0x5c0), 0x0000000000000000f40e35855771202a0000000000000000106aa07032bbd1b8)
                two(add(to, 0x600), 0x000000000000000019a4c116b8d2d0c800000000000000001e376c085141ab53)
                two(add(to, 0x640), 0x00000000000000002748774cdf8eeb99000000000000000034b0bcb5e19b48a8)
                two(add(to, 0x680), 0x0000000000000000391c0cb3c5c95a6300000000000000004ed8aa4ae3418acb)
                two(add(to, 0x6c0), 0x00000000000000005b9cca4f7763e3730000000000000000682e6ff3d6b2b8a3)
                two(add(to, 0x700), 0x0000000000000000748f82ee5defb2fc000000000000000078a5636f43172f60)
                two(add(to, 0x740), 0x000000000000000084c87814a1f0ab7200000000000000008cc702081a6439ec)
                two(add(to, 0x780), 0x000000000000000090befffa23631e280000000000000000a4506cebde82bde9)
                two(add(to, 0x7c0), 0x0000000000000000bef9a3f7b2c679150000000000000000c67178f2e372532b)
                two(add(to, 0x800), 0x0000000000000000ca273eceea26619c0000000000000000d186b8c721c0c207)
                two(add(to, 0x840), 0x0000000000000000eada7dd6cde0eb1e0000000000000000f57d4f7fee6ed178)
                two(add(to, 0x880), 0x000000000000000006f067aa72176fba00000000000000000a637dc5a2c898a6)
                two(add(to, 0x8c0), 0x0000000000000000113f9804bef90dae00000000000000001b710b35131c471b)
                two(add(to, 0x900), 0x000000000000000028db77f523047d84000000000000000032caab7b40c72493)
                two(add(to, 0x940), 0x00000000000000003c9ebe0a15c9bebc0000000000000000431d67c49c100d4c)
                two(add(to, 0x980), 0x00000000000000004cc5d4becb3e42b60000000000000000597f299cfc657e2a)
                two(add(to, 0x9c0), 0x00000000000000005fcb6fab3ad6faec00000000000000006c44198c4a475817)
            }

            // Four pairs of state and 80 more, W, K, a zero that ends the rounds, and the sums.
            let state := add(mload(0x40), 0xc0)
            let w := add(state, 0x1440)
            constants(add(w, 0xa00))
            mstore(add(w, 0x1400), 0)
            let sums := add(w, 0x1420)
            mstore(state, both(0xcbbb9d5dc1059ed8))
            mstore(sub(state, 0x40), both(0x629a292a367cd507))
            mstore(sub(state, 0x80), both(0x9159015a3070dd17))
            mstore(sub(state, 0xc0), both(0x152fecd8f70e5939))
            mstore(add(state, 0x20), both(0x67332667ffc00b31))
            mstore(sub(state, 0x20), both(0x8eb44a8768581511))
            mstore(sub(state, 0x60), both(0xdb0c2e0d64f98fa7))
            mstore(sub(state, 0xa0), both(0x47b5481dbefa4fa4))
            // The block of either hash: seed, counter, 0x80, zeros, length in bits.
            mstore(w, both(shr(64, seedHigh)))
            mstore(add(w, 0x20), both(and(seedHigh, 0xffffffffffffffff)))
            mstore(add(w, 0x40), both(shr(192, seedLow)))
            mstore(add(w, 0x60), both(and(shr(128, seedLow), 0xffffffffffffffff)))
            mstore(add(w, 0x80), both(and(shr(64, seedLow), 0xffffffffffffffff)))
            mstore(add(w, 0xa0), both(and(seedLow, 0xffffffffffffffff)))
            calldatacopy(add(w, 0xe0), calldatasize(), 0x100)
            mstore(add(w, 0x1e0), both(416))
            let to := add(output, 0x20)
            for {
                let i := 0
            } lt(i, 10) {
                i := add(i, 2)
            } {
                mstore(add(w, 0xc0), or(shl(160, i), or(shl(32, add(i, 1)), both(0x80000000))))
                expand(w)
                compress(state, w, sums)
                put(to, sums, 128)
                put(add(to, 48), sums, 0)
                to := add(to, 96)
            }
        }
    }
}
