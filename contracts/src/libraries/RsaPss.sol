// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Mgf1} from "./Mgf1.sol";
import {Sha384} from "./Sha384.sol";

/// RSASSA-PSS-VERIFY (RFC 8017, 8.1.2 and 9.1.2) for a modulus of exactly 4096 bits, exponent 65537, SHA-384, MGF1 with
/// SHA-384, a salt of 48 bytes: every signature of AMD's authorities.
library RsaPss {
    uint256 internal constant LENGTH = 512;
    uint256 private constant MODEXP = 0x05;
    uint256 private constant HASH = 48;
    uint256 private constant MASKED = LENGTH - HASH - 1; // 463 bytes of masked data block

    /// False for anything that is not a signature over `message` by the key.
    function isValid(
        bytes memory modulus,
        bytes calldata signature,
        bytes memory message
    ) internal view returns (bool) {
        // A shorter modulus has another top bit and another encoding, both of which are wrong below.
        if (modulus.length != LENGTH || signature.length != LENGTH || uint8(modulus[0]) < 0x80) return false;
        if (!_isBelow(signature, modulus)) return false;
        bytes memory encoded = _power(signature, modulus);
        // 4095 bits of encoding in 4096: the top bit must be zero as it stands, before unmasking.
        if (uint8(encoded[0]) > 0x7f || uint8(encoded[LENGTH - 1]) != 0xbc) return false;
        _unmask(encoded);
        return _isPadded(encoded) && _hashMatches(encoded, message);
    }

    function _isBelow(bytes calldata signature, bytes memory modulus) private pure returns (bool) {
        for (uint256 i = 0; i < LENGTH; i += 32) {
            uint256 left;
            uint256 right;
            assembly ("memory-safe") {
                left := calldataload(add(signature.offset, i))
                right := mload(add(add(modulus, 0x20), i))
            }
            if (left != right) return left < right;
        }
        return false;
    }

    /// signature^65537 mod modulus
    function _power(bytes calldata signature, bytes memory modulus) private view returns (bytes memory) {
        (bool done, bytes memory result) = address(uint160(MODEXP)).staticcall(
            bytes.concat(abi.encode(LENGTH, uint256(3), LENGTH), signature, hex"010001", modulus)
        );
        // Out of gas is the one way to fail; the empty result then fails on its first index, so nothing is let through.
        require(done && result.length == LENGTH);
        return result;
    }

    /// Turns maskedDB at the front into DB: xor with MGF1(H, 463), and the bit above the encoding cleared.
    function _unmask(bytes memory encoded) private pure {
        bytes memory mask = Mgf1.mask(_word(encoded, MASKED) >> 128, _word(encoded, MASKED + 16));
        assembly ("memory-safe") {
            // 14 whole words, and of the next the 15 bytes that come before the hash.
            for {
                let i := 0x20
            } lt(i, 0x1e0) {
                i := add(i, 0x20)
            } {
                mstore(add(encoded, i), xor(mload(add(encoded, i)), mload(add(mask, i))))
            }
            let last := shl(136, shr(136, mload(add(mask, 0x1e0))))
            mstore(add(encoded, 0x1e0), xor(mload(add(encoded, 0x1e0)), last))
        }
        encoded[0] &= 0x7f;
    }

    function _isPadded(bytes memory encoded) private pure returns (bool) {
        uint256 other;
        // 414 = 12 · 32 + 30 zeros, then the one.
        for (uint256 i = 0; i < 384; i += 32) other |= _word(encoded, i);
        return other == 0 && _word(encoded, 384) >> 8 == 1;
    }

    /// H = SHA-384(eight zeros ‖ SHA-384(message) ‖ salt)
    function _hashMatches(bytes memory encoded, bytes memory message) private pure returns (bool) {
        (uint256 high, uint256 low) = Sha384.hash(message);
        bytes memory salted = abi.encodePacked(uint64(0), uint128(high), low, new bytes(HASH));
        _copy(encoded, MASKED - HASH, salted, 8 + HASH, HASH);
        (high, low) = Sha384.hash(salted);
        return _word(encoded, MASKED) >> 128 == high && _word(encoded, MASKED + 16) == low;
    }

    function _copy(
        bytes memory from,
        uint256 fromOffset,
        bytes memory to,
        uint256 toOffset,
        uint256 length
    ) private pure {
        assembly ("memory-safe") {
            mcopy(add(add(to, 0x20), toOffset), add(add(from, 0x20), fromOffset), length)
        }
    }

    function _word(bytes memory from, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(from, 0x20), offset))
        }
    }
}
