// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Der} from "./Der.sol";

/// SEQUENCE { signed part, ecdsa-with-SHA256, signature }: what certificates and CRLs have in common.
struct SignedPart {
    bytes32 hash; // SHA-256 of the signed part
    bytes32 signatureR;
    bytes32 signatureS;
}

library SignedDer {
    uint256 internal constant ECDSA_WITH_SHA256 = 0x300a06082a8648ce3d040302;

    /// Hash and signature, and the bounds of the signed part's content.
    function parse(
        bytes calldata der
    ) internal pure returns (SignedPart memory signed, uint256 start, uint256 end) {
        (uint256 position, uint256 limit) = Der.bounds(der);
        position = Der.readLast(position, limit, Der.SEQUENCE);
        (start, end) = Der.read(position, limit, Der.SEQUENCE);
        signed.hash = sha256(Der.slice(position, end));
        position = Der.expect(end, limit, ECDSA_WITH_SHA256, 12);
        position = Der.readLast(position, limit, Der.BIT_STRING);
        position = Der.expect(position, limit, 0, 1); // no unused bits
        position = Der.readLast(position, limit, Der.SEQUENCE);
        uint256 r;
        uint256 s;
        (r, position) = Der.readUint(position, limit, 32);
        (s, position) = Der.readUint(position, limit, 32);
        require(position == limit, Der.DerMalformed(position));
        signed.signatureR = bytes32(r);
        signed.signatureS = bytes32(s);
    }

    /// keccak256 of the DER name at `position`, and where it ends.
    function hashName(uint256 position, uint256 limit) internal pure returns (bytes32, uint256) {
        (, uint256 end) = Der.read(position, limit, Der.SEQUENCE);
        return (keccak256(Der.slice(position, end)), end);
    }
}
