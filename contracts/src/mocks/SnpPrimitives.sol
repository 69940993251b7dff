// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P384} from "../libraries/P384.sol";
import {RsaPss} from "../libraries/RsaPss.sol";
import {Sha384} from "../libraries/Sha384.sol";

/// Test access to the libraries under the SEV-SNP verifier. Never deployed.
contract SnpPrimitives {
    function sha384(bytes memory message) external pure returns (uint256 high, uint256 low) {
        return Sha384.hash(message);
    }

    function isPssSignature(
        bytes memory modulus,
        bytes calldata signature,
        bytes memory message
    ) external view returns (bool) {
        return RsaPss.isValid(modulus, signature, message);
    }

    function isP384Signature(
        uint256[2] calldata digest,
        uint256[2] calldata r,
        uint256[2] calldata s,
        bytes calldata key,
        bytes calldata hints
    ) external view returns (bool) {
        return P384.isValid(digest, r, s, key, hints);
    }
}
