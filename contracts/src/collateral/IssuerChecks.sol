// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IP256Fallback} from "../interfaces/IP256Fallback.sol";
import {P256} from "../libraries/P256.sol";
import {SignedPart} from "../libraries/SignedDer.sol";

/// Who issued: the name in a certificate or CRL, and whose key must have signed it.
struct Issuer {
    bytes32 nameHash;
    bytes32 keyX;
    bytes32 keyY;
}

/// The three questions to every certificate and CRL. Each is asked unconditionally: nothing here is optional or remembered.
abstract contract IssuerChecks {
    IP256Fallback internal immutable _p256Fallback;

    error IssuerWrong(bytes32 expectedNameHash, bytes32 gotNameHash);
    error IssuerSignatureInvalid(bytes32 issuerNameHash);
    error NotInForce(uint256 fromUnixSec, uint256 untilUnixSec, uint256 nowUnixSec);

    constructor(IP256Fallback fallbackVerifier) {
        _p256Fallback = fallbackVerifier;
    }

    function _assertIssued(
        Issuer memory issuer,
        SignedPart memory signed,
        bytes32 issuerNameHash
    ) internal view {
        require(issuerNameHash == issuer.nameHash, IssuerWrong(issuer.nameHash, issuerNameHash));
        require(
            _isSigned(signed.hash, signed.signatureR, signed.signatureS, issuer.keyX, issuer.keyY),
            IssuerSignatureInvalid(issuerNameHash)
        );
    }

    /// What has begun cannot become unbegun: whoever stores something in force has to look at its end only.
    function _assertInForce(uint256 fromUnixSec, uint256 untilUnixSec) internal view {
        require(
            fromUnixSec <= block.timestamp && block.timestamp <= untilUnixSec,
            NotInForce(fromUnixSec, untilUnixSec, block.timestamp)
        );
    }

    /// P-256, high-s too, by the precompile or without it.
    function _isSigned(
        bytes32 digest,
        bytes32 r,
        bytes32 s,
        bytes32 x,
        bytes32 y
    ) internal view returns (bool) {
        return P256.isValid(digest, r, s, x, y) || _p256Fallback.isValid(digest, r, s, x, y);
    }
}
