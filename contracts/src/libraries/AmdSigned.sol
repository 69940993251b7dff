// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Der} from "./Der.sol";
import {RsaPss} from "./RsaPss.sol";

/// The frame that AMD's certificates and CRLs share: SEQUENCE { to be signed, algorithm, signature }.
struct AmdFrame {
    uint256 start; // of what is signed, its header included
    uint256 body; // its content
    uint256 end;
    uint256 signature; // 512 bytes
    bytes32 algorithmHash;
}

library AmdSigned {
    error AmdAlgorithmUnsupported(bytes32 identifierHash);

    /// RSASSA-PSS with SHA-384, MGF1 over SHA-384 and a salt of 48 bytes, compared whole: with the trailer field left out,
    /// as DER wants it, and written out with its default, as AMD's older key servers did.
    bytes32 private constant PSS = keccak256(
        hex"304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130"
    );
    bytes32 private constant PSS_WITH_TRAILER = keccak256(
        hex"304606092a864886f70d01010a3039a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130a303020101"
    );

    function open(bytes calldata der) internal pure returns (AmdFrame memory frame) {
        (uint256 position, uint256 end) = Der.bounds(der);
        frame.start = Der.readLast(position, end, Der.SEQUENCE);
        (frame.body, frame.end) = Der.read(frame.start, end, Der.SEQUENCE);
        (frame.algorithmHash, position) = element(frame.end, end);
        require(
            frame.algorithmHash == PSS || frame.algorithmHash == PSS_WITH_TRAILER,
            AmdAlgorithmUnsupported(frame.algorithmHash)
        );
        position = Der.readLast(position, end, Der.BIT_STRING);
        frame.signature = Der.expect(position, end, 0, 1); // no unused bits
        require(end - frame.signature == RsaPss.LENGTH, Der.DerMalformed(position));
    }

    /// The algorithm again, inside what is signed: it must be the same (RFC 5280, 4.1.1.2).
    function repeated(AmdFrame memory frame, uint256 position) internal pure returns (uint256 next) {
        bytes32 algorithmHash;
        (algorithmHash, next) = element(position, frame.end);
        require(algorithmHash == frame.algorithmHash, AmdAlgorithmUnsupported(algorithmHash));
    }

    /// Hash of a SEQUENCE with its header, and where it ends.
    function element(uint256 position, uint256 limit) internal pure returns (bytes32 digest, uint256 end) {
        (, end) = Der.read(position, limit, Der.SEQUENCE);
        digest = keccak256(Der.slice(position, end));
    }

    function isSignedBy(AmdFrame memory frame, bytes memory modulus) internal view returns (bool) {
        return
            RsaPss.isValid(
                modulus,
                Der.slice(frame.signature, frame.signature + RsaPss.LENGTH),
                Der.slice(frame.start, frame.end)
            );
    }
}
