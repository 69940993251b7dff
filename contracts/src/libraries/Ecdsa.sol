// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// secp256k1 signatures of session and enclave keys: low-s, v in {27, 28}, so each message has one valid signature.
library Ecdsa {
    /// Half the group order: a larger s is the malleated twin of a valid signature.
    uint256 private constant MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    uint256 private constant S_MASK = (1 << 255) - 1;

    /// Signer of an ERC-2098 signature (v in the top bit of vs), or the zero address.
    function recoverCompact(bytes32 digest, bytes32 r, bytes32 vs) internal pure returns (address) {
        unchecked {
            return _recover(digest, 27 + uint8(uint256(vs) >> 255), r, uint256(vs) & S_MASK); // 27 + one bit
        }
    }

    /// Signer of a 65-byte r ‖ s ‖ v signature, or the zero address.
    function recover(bytes32 digest, bytes calldata signature) internal pure returns (address) {
        if (signature.length != 65) return address(0);
        uint8 v = uint8(signature[64]);
        if (v != 27 && v != 28) return address(0);
        return _recover(digest, v, bytes32(signature[0:32]), uint256(bytes32(signature[32:64])));
    }

    function _recover(bytes32 digest, uint8 v, bytes32 r, uint256 s) private pure returns (address) {
        return s > MAX_S ? address(0) : ecrecover(digest, v, r, bytes32(s));
    }
}
