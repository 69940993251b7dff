// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// SHA-384 (FIPS 180-4). Words of 64 bits stand 16 bytes apart in memory, so that one load brings two of them, each in a
/// lane of 128 bits: the schedule is computed in pairs, and a lane times 2^64 + 1 is that word twice, ready to rotate.
library Sha384 {
    /// The digest's first 128 and last 256 bits. Leaves memory beyond the free pointer dirty, allocates nothing.
    function hash(bytes memory message) internal pure returns (uint256 high, uint256 low) {
        assembly ("memory-safe") {
            /// Σ and σ of both lanes of the schedule leave rubbish above each 64 bits; this is what counts.
            function lanes() -> mask {
                mask := 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff
            }

            /// Two words of 64 bits, side by side in the low half of `two`, into lanes.
            function spread(two) -> pair {
                pair := or(shl(128, shr(64, two)), and(two, 0xffffffffffffffff))
            }

            /// W[0..15] from a block, W[16..79] by the schedule.
            function expand(w, from) {
                for {
                    let end := add(from, 0x80)
                } lt(from, end) {
                    from := add(from, 0x20)
                } {
                    let four := mload(from)
                    mstore(w, spread(shr(128, four)))
                    mstore(add(w, 0x20), spread(and(four, 0xffffffffffffffffffffffffffffffff)))
                    w := add(w, 0x40)
                }
                for {
                    let end := add(w, 0x400)
                } lt(w, end) {
                    w := add(w, 0x20)
                } {
                    let x := mload(sub(w, 0xf0))
                    let d := mul(x, 0x10000000000000001)
                    let sum := and(xor(xor(shr(1, d), shr(8, d)), shr(7, x)), lanes())
                    x := mload(sub(w, 0x20))
                    d := mul(x, 0x10000000000000001)
                    sum := add(sum, and(xor(xor(shr(19, d), shr(61, d)), shr(6, x)), lanes()))
                    sum := add(sum, add(mload(sub(w, 0x70)), mload(sub(w, 0x100))))
                    mstore(w, and(sum, lanes()))
                }
            }

            /// 80 rounds upon the four pairs that end at `s`; their sum is written over these. Every round writes its a and e
            /// as the next pair, so d and h are read four pairs back: eight variables more than the compiler can hold would
            /// have it compute them again and again. A load 16 bytes before a word has that word in its low lane.
            function compress(start, w) {
                let s := start
                let a := mload(s)
                let b := mload(sub(s, 0x40))
                let c := mload(sub(s, 0x80))
                let e := mload(add(s, 0x20))
                let f := mload(sub(s, 0x20))
                let g := mload(sub(s, 0x60))
                for {} mload(add(w, 0x520)) {
                    w := add(w, 0x20)
                    s := add(s, 0x80)
                } {
                    let t
                    let u
                    t := mul(e, 0x10000000000000001)
                    t := add(
                        add(mload(sub(s, 0xa0)), add(mload(sub(w, 0x10)), mload(add(w, 0x510)))),
                        add(xor(xor(shr(14, t), shr(18, t)), shr(41, t)), xor(g, and(e, xor(f, g))))
                    )
                    g := f
                    f := e
                    e := and(add(mload(sub(s, 0xc0)), t), 0xffffffffffffffff)
                    mstore(add(s, 0x60), e)
                    u := mul(a, 0x10000000000000001)
                    t := add(
                        add(t, xor(xor(shr(28, u), shr(34, u)), shr(39, u))),
                        xor(and(a, xor(b, c)), and(b, c))
                    )
                    c := b
                    b := a
                    a := and(t, 0xffffffffffffffff)
                    mstore(add(s, 0x40), a)
                    t := mul(e, 0x10000000000000001)
                    t := add(
                        add(mload(sub(s, 0x60)), add(mload(w), mload(add(w, 0x520)))),
                        add(xor(xor(shr(14, t), shr(18, t)), shr(41, t)), xor(g, and(e, xor(f, g))))
                    )
                    g := f
                    f := e
                    e := and(add(mload(sub(s, 0x80)), t), 0xffffffffffffffff)
                    mstore(add(s, 0xa0), e)
                    u := mul(a, 0x10000000000000001)
                    t := add(
                        add(t, xor(xor(shr(28, u), shr(34, u)), shr(39, u))),
                        xor(and(a, xor(b, c)), and(b, c))
                    )
                    c := b
                    b := a
                    a := and(t, 0xffffffffffffffff)
                    mstore(add(s, 0x80), a)
                }
                for {
                    let i := 0
                } lt(i, 8) {
                    i := add(i, 1)
                } {
                    let at := sub(add(start, 0x20), shl(5, i))
                    let sum := add(mload(at), mload(sub(add(s, 0x20), shl(5, i))))
                    mstore(at, and(sum, 0xffffffffffffffff))
                }
            }

            /// K[0..79], in lanes.
            function constants(to) {
                mstore(to, 0x0000000000000000428a2f98d728ae2200000000000000007137449123ef65cd)
                mstore(add(to, 0x20), 0x0000000000000000b5c0fbcfec4d3b2f0000000000000000e9b5dba58189dbbc)
                mstore(add(to, 0x40), 0x00000000000000003956c25bf348b538000000000000000059f111f1b605d019)
                mstore(add(to, 0x60), 0x0000000000000000923f82a4af194f9b0000000000000000ab1c5ed5da6d8118)
                mstore(add(to, 0x80), 0x0000000000000000d807aa98a3030242000000000000000012835b0145706fbe)
                mstore(add(to, 0xa0), 0x0000000000000000243185be4ee4b28c0000000000000000550c7dc3d5ffb4e2)
                mstore(add(to, 0xc0), 0x000000000000000072be5d74f27b896f000000000000000080deb1fe3b1696b1)
                mstore(add(to, 0xe0), 0x00000000000000009bdc06a725c712350000000000000000c19bf174cf692694)
                mstore(add(to, 0x100), 0x0000000000000000e49b69c19ef14ad20000000000000000efbe4786384f25e3)
                mstore(add(to, 0x120), 0x00000000000000000fc19dc68b8cd5b50000000000000000240ca1cc77ac9c65)
                mstore(add(to, 0x140), 0x00000000000000002de92c6f592b027500000000000000004a7484aa6ea6e483)
                mstore(add(to, 0x160), 0x00000000000000005cb0a9dcbd41fbd4000000000000000076f988da831153b5)
                mstore(add(to, 0x180), 0x0000000000000000983e5152ee66dfab0000000000000000a831c66d2db43210)
                mstore(add(to, 0x1a0), 0x0000000000000000b00327c898fb213f0000000000000000bf597fc7beef0ee4)
                mstore(add(to, 0x1c0), 0x0000000000000000c6e00bf33da88fc20000000000000000d5a79147930aa725)
                mstore(add(to, 0x1e0), 0x000000000000000006ca6351e003826f0000000000000000142929670a0e6e70)
                mstore(add(to, 0x200), 0x000000000000000027b70a8546d22ffc00000000000000002e1b21385c26c926)
                mstore(add(to, 0x220), 0x00000000000000004d2c6dfc5ac42aed000000000000000053380d139d95b3df)
                mstore(add(to, 0x240), 0x0000000000000000650a73548baf63de0000000000000000766a0abb3c77b2a8)
                mstore(add(to, 0x260), 0x000000000000000081c2c92e47edaee6000000000000000092722c851482353b)
                mstore(add(to, 0x280), 0x0000000000000000a2bfe8a14cf103640000000000000000a81a664bbc423001)
                mstore(add(to, 0x2a0), 0x0000000000000000c24b8b70d0f897910000000000000000c76c51a30654be30)
                mstore(add(to, 0x2c0), 0x0000000000000000d192e819d6ef52180000000000000000d69906245565a910)
                mstore(add(to, 0x2e0), 0x0000000000000000f40e35855771202a0000000000000000106aa07032bbd1b8)
                mstore(add(to, 0x300), 0x000000000000000019a4c116b8d2d0c800000000000000001e376c085141ab53)
                mstore(add(to, 0x320), 0x00000000000000002748774cdf8eeb99000000000000000034b0bcb5e19b48a8)
                mstore(add(to, 0x340), 0x0000000000000000391c0cb3c5c95a6300000000000000004ed8aa4ae3418acb)
                mstore(add(to, 0x360), 0x00000000000000005b9cca4f7763e3730000000000000000682e6ff3d6b2b8a3)
                mstore(add(to, 0x380), 0x0000000000000000748f82ee5defb2fc000000000000000078a5636f43172f60)
                mstore(add(to, 0x3a0), 0x000000000000000084c87814a1f0ab7200000000000000008cc702081a6439ec)
                mstore(add(to, 0x3c0), 0x000000000000000090befffa23631e280000000000000000a4506cebde82bde9)
                mstore(add(to, 0x3e0), 0x0000000000000000bef9a3f7b2c679150000000000000000c67178f2e372532b)
                mstore(add(to, 0x400), 0x0000000000000000ca273eceea26619c0000000000000000d186b8c721c0c207)
                mstore(add(to, 0x420), 0x0000000000000000eada7dd6cde0eb1e0000000000000000f57d4f7fee6ed178)
                mstore(add(to, 0x440), 0x000000000000000006f067aa72176fba00000000000000000a637dc5a2c898a6)
                mstore(add(to, 0x460), 0x0000000000000000113f9804bef90dae00000000000000001b710b35131c471b)
                mstore(add(to, 0x480), 0x000000000000000028db77f523047d84000000000000000032caab7b40c72493)
                mstore(add(to, 0x4a0), 0x00000000000000003c9ebe0a15c9bebc0000000000000000431d67c49c100d4c)
                mstore(add(to, 0x4c0), 0x00000000000000004cc5d4becb3e42b60000000000000000597f299cfc657e2a)
                mstore(add(to, 0x4e0), 0x00000000000000005fcb6fab3ad6faec00000000000000006c44198c4a475817)
            }

            // Four pairs of state, most recent last, 80 more that the rounds write; 32 bytes before W, W, 32 bytes, K; the
            // message with its padding.
            let state := add(mload(0x40), 0xc0)
            let w := add(state, 0x1460)
            constants(add(w, 0x520))
            mstore(add(w, 0xa20), 0)
            let from := add(w, 0xa40)
            let length := mload(message)
            let end := add(from, and(add(length, 0x90), not(0x7f)))
            mcopy(from, add(message, 0x20), length)
            // 0x80, zeros, and the length in bits, which fills 128 bits at the end.
            calldatacopy(add(from, length), calldatasize(), sub(sub(end, from), length))
            mstore8(add(from, length), 0x80)
            mstore(sub(end, 0x20), or(mload(sub(end, 0x20)), shl(3, length)))
            mstore(state, 0xcbbb9d5dc1059ed8)
            mstore(sub(state, 0x40), 0x629a292a367cd507)
            mstore(sub(state, 0x80), 0x9159015a3070dd17)
            mstore(sub(state, 0xc0), 0x152fecd8f70e5939)
            mstore(add(state, 0x20), 0x67332667ffc00b31)
            mstore(sub(state, 0x20), 0x8eb44a8768581511)
            mstore(sub(state, 0x60), 0xdb0c2e0d64f98fa7)
            mstore(sub(state, 0xa0), 0x47b5481dbefa4fa4)
            for {} lt(from, sub(end, 0x80)) {
                from := add(from, 0x80)
            } {
                expand(w, from)
                compress(state, w)
            }
            expand(w, from)
            compress(state, w)
            high := or(shl(64, mload(state)), mload(sub(state, 0x40)))
            low := or(
                or(shl(192, mload(sub(state, 0x80))), shl(128, mload(sub(state, 0xc0)))),
                or(shl(64, mload(add(state, 0x20))), mload(sub(state, 0x20)))
            )
        }
    }
}
