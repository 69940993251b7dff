// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The scalar half of P384: arithmetic modulo the group order n. Numbers are (high 128 bits, low 256 bits).
library P384Scalars {
    uint256 private constant HALF = 0xffffffffffffffffffffffffffffffff;
    uint256 private constant N_HIGH = 0xffffffffffffffffffffffffffffffff;
    uint256 private constant N_LOW = 0xffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973;
    uint256 private constant P_LOW = 0xfffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff;
    uint256 private constant NEGATED = 1; // b = −t·s; otherwise b = t·s
    uint256 private constant ABOVE_ORDER = 2; // x(R) = r + n, which is below p for few r
    uint256 private constant MODEXP = 0x05;

    /// 0 < r, s < n; 0 < a; a·s ≡ ±b·r; c·r ≡ a·e: what the hinted scalars must be. Then x is the one that R must have.
    function check(
        uint256[2] memory e,
        uint256[2] memory r,
        uint256[2] memory s,
        bytes calldata hints
    ) internal view returns (bool isSound, uint256[2] memory x) {
        uint256[2] memory a = _read(hints, 48, 24);
        uint256[2] memory b = _read(hints, 72, 24);
        uint256[2] memory c = _read(hints, 96, 48);
        uint256 kind = uint8(hints[144]);
        if (!_isScalar(r) || !_isScalar(s) || a[0] | a[1] == 0 || kind > (NEGATED | ABOVE_ORDER)) {
            return (false, x);
        }
        (uint256 left1, uint256 left0) = _product(a, s);
        (uint256 right1, uint256 right0) = _product(b, r);
        if (kind & NEGATED != 0) (right1, right0) = _negate(right1, right0);
        if (left1 != right1 || left0 != right0) return (false, x);
        (left1, left0) = _product(c, r);
        (right1, right0) = _product(a, e);
        if (left1 != right1 || left0 != right0) return (false, x);
        x = r;
        if (kind & ABOVE_ORDER == 0) return (true, x);
        return (_addOrder(x), x);
    }

    function _isScalar(uint256[2] memory v) private pure returns (bool) {
        return (v[0] | v[1] != 0) && (v[0] < N_HIGH || (v[0] == N_HIGH && v[1] < N_LOW));
    }

    /// n − v for 0 < v < n; never called for anything else that could be equal to something.
    function _negate(uint256 v1, uint256 v0) private pure returns (uint256, uint256) {
        unchecked {
            return (N_HIGH - v1 - (v0 > N_LOW ? 1 : 0), N_LOW - v0);
        }
    }

    /// Adds n in place; false where the sum is not below p.
    function _addOrder(uint256[2] memory v) private pure returns (bool) {
        unchecked {
            uint256 low = v[1] + N_LOW;
            v[0] = v[0] + N_HIGH + (low < N_LOW ? 1 : 0);
            v[1] = low;
            return v[0] < HALF || (v[0] == HALF && low < P_LOW);
        }
    }

    function _read(
        bytes calldata hints,
        uint256 offset,
        uint256 length
    ) private pure returns (uint256[2] memory v) {
        uint256 word;
        assembly ("memory-safe") {
            word := calldataload(add(hints.offset, offset))
        }
        if (length == 24) {
            v[1] = word >> 64;
        } else {
            v[0] = word >> 128;
            assembly ("memory-safe") {
                mstore(add(v, 0x20), calldataload(add(hints.offset, add(offset, 16))))
            }
        }
    }

    /// a·b mod n, the least residue; MODEXP with exponent 1 reduces the 768-bit product.
    function _product(
        uint256[2] memory a,
        uint256[2] memory b
    ) private view returns (uint256 high, uint256 low) {
        assembly ("memory-safe") {
            function wide(x, y) -> h, l {
                l := mul(x, y)
                let t := mulmod(x, y, not(0))
                h := sub(sub(t, l), lt(t, l))
            }
            let a1 := mload(a)
            let a0 := mload(add(a, 0x20))
            let b1 := mload(b)
            let b0 := mload(add(b, 0x20))
            let c1, c0 := wide(a0, b0)
            let c2 := mul(a1, b1)
            let h, l := wide(a1, b0)
            c1 := add(c1, l)
            c2 := add(c2, add(h, lt(c1, l)))
            h, l := wide(a0, b1)
            c1 := add(c1, l)
            c2 := add(c2, add(h, lt(c1, l)))

            let input := mload(0x40)
            mstore(input, 96)
            mstore(add(input, 0x20), 1)
            mstore(add(input, 0x40), 48)
            mstore(add(input, 0x60), c2)
            mstore(add(input, 0x80), c1)
            mstore(add(input, 0xa0), c0)
            mstore8(add(input, 0xc0), 1)
            mstore(add(input, 0xc1), shl(128, N_HIGH))
            mstore(add(input, 0xd1), N_LOW)
            if iszero(staticcall(gas(), MODEXP, input, 0xf1, input, 48)) {
                revert(0, 0)
            }
            high := shr(128, mload(input))
            low := mload(add(input, 0x10))
        }
    }
}
