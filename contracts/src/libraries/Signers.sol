// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Ecdsa} from "./Ecdsa.sol";

/// Signatures of wallets: an EOA's key, or else ERC-1271. The key is tried first because looking for code costs more.
library Signers {
    function isSigned(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        if (signer == address(0)) return false;
        if (Ecdsa.recover(digest, signature) == signer) return true;
        return
            signer.code.length != 0 &&
            SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature);
    }
}
