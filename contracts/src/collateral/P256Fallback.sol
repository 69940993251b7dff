// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {P256 as SolidityP256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {IP256Fallback} from "../interfaces/IP256Fallback.sol";
import {P256} from "../libraries/P256.sol";

/// P-256 verification for chains without the precompile, about 250,000 gas a signature. A contract of its own because the
/// code is long and most chains never need it.
contract P256Fallback is IP256Fallback {
    /// @inheritdoc IP256Fallback
    function isValid(
        bytes32 digest,
        bytes32 r,
        bytes32 s,
        bytes32 x,
        bytes32 y
    ) external view returns (bool) {
        return !_hasPrecompile() && isValidInSolidity(digest, r, s, x, y);
    }

    /// @inheritdoc IP256Fallback
    function isValidInSolidity(
        bytes32 digest,
        bytes32 r,
        bytes32 s,
        bytes32 x,
        bytes32 y
    ) public view returns (bool) {
        if (uint256(s) >= SolidityP256.N) return false;
        // OpenZeppelin takes only the smaller of the two values of s that are equally valid.
        if (uint256(s) > SolidityP256.N / 2) s = bytes32(SolidityP256.N - uint256(s));
        return SolidityP256.verifySolidity(digest, r, s, x, y);
    }

    /// A precompile answers a bad signature with nothing, like an account without code. So it is asked about a signature known
    /// to be valid: SHA-256("123400"), r = 5, s = 1 (Wycheproof ecdsa_secp256r1_sha256_p1363, small r and s).
    function _hasPrecompile() private view returns (bool) {
        return
            P256.isValid(
                0xbb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023,
                bytes32(uint256(5)),
                bytes32(uint256(1)),
                0xa71af64de5126a4a4e02b7922d66ce9415ce88a4c9d25514d91082c8725ac957,
                0x5d47723c8fbe580bb369fec9c2665d8e30a435b9932645482e7c9f11e872296b
            );
    }
}
